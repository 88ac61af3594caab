import Foundation
import GRDB
import Model

extension Database {
    /// Writes an image and exactly the tags it carries; a tag that another image had moves.
    public func save(_ image: ImageRecord) async throws {
        try await write([.image(image.id)]) { db in
            try db.execute(
                sql:
                    "INSERT INTO images (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
                arguments: [image.id, Coding.encode(image)])
            try db.execute(sql: "DELETE FROM image_tags WHERE image_id = ?", arguments: [image.id])
            for tag in image.tags {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO image_tags (name, image_id) VALUES (?, ?)", arguments: [tag, image.id])
            }
        }
    }

    public func deleteImage(id: String) async throws {
        try await write([.image(id)]) { [keeper] db in
            try keeper.forget(.image(id))
            try db.execute(sql: "DELETE FROM images WHERE id = ?", arguments: [id])
        }
    }

    public func allImages() throws -> StoredRows<ImageRecord> {
        try read { db in
            var tags: [String: [String]] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT name, image_id FROM image_tags ORDER BY name") {
                guard let id = String.fromDatabaseValue(row["image_id"]),
                    let name = String.fromDatabaseValue(row["name"])
                else { continue }
                tags[id, default: []].append(name)
            }
            return try StoredRows("SELECT id, record FROM images", table: "images", db) {
                var image = try $0.json(ImageRecord.self, "record", table: "images")
                image.tags = tags[image.id] ?? []
                return image
            }
        }
    }
}
