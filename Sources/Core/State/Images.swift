import Foundation
import GRDB
import Model

extension Database {
    /// Writes an image and exactly the tags it carries; a tag that another image had moves.
    public func save(_ image: ImageRecord) async throws {
        try await write { db in
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
        try await write { db in
            try db.execute(sql: "DELETE FROM images WHERE id = ?", arguments: [id])
        }
    }

    public func allImages() throws -> [ImageRecord] {
        try read { db in
            var tags: [String: [String]] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT name, image_id FROM image_tags ORDER BY name") {
                tags[row["image_id"], default: []].append(row["name"])
            }
            return try Row.fetchAll(db, sql: "SELECT id, record FROM images").map {
                var image = try Coding.decode(ImageRecord.self, $0["record"], table: "images", id: $0["id"])
                image.tags = tags[image.id] ?? []
                return image
            }
        }
    }
}
