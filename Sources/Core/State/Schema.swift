import GRDB

/// The tables, and how one version of them becomes the next.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

                    -- record: what was asked for; state: what became of it (JSON both).
                    -- phase: '' when settled, else the step that is under way: creating, starting, stopping, removing.
                    CREATE TABLE containers (
                        id TEXT PRIMARY KEY,
                        name TEXT NOT NULL UNIQUE,
                        image_name TEXT NOT NULL,
                        phase TEXT NOT NULL,
                        record BLOB NOT NULL,
                        state BLOB NOT NULL
                    ) WITHOUT ROWID;

                    CREATE TABLE networks (
                        id TEXT PRIMARY KEY,
                        name TEXT NOT NULL UNIQUE,
                        record BLOB NOT NULL
                    ) WITHOUT ROWID;

                    -- ready: the driver has made it.
                    CREATE TABLE endpoints (
                        id TEXT PRIMARY KEY,
                        network_id TEXT NOT NULL REFERENCES networks (id),
                        container_id TEXT NOT NULL,
                        ready INTEGER NOT NULL,
                        record BLOB NOT NULL
                    ) WITHOUT ROWID;
                    CREATE INDEX endpoints_by_network ON endpoints (network_id);
                    CREATE INDEX endpoints_by_container ON endpoints (container_id);

                    CREATE TABLE ports (
                        protocol TEXT NOT NULL,
                        host_port INTEGER NOT NULL,
                        host_address TEXT NOT NULL,
                        endpoint_id TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
                        PRIMARY KEY (protocol, host_port, host_address)
                    ) WITHOUT ROWID;
                    CREATE INDEX ports_by_endpoint ON ports (endpoint_id);

                    CREATE TABLE volumes (
                        name TEXT PRIMARY KEY,
                        ready INTEGER NOT NULL,
                        record BLOB NOT NULL
                    ) WITHOUT ROWID;

                    CREATE TABLE images (
                        id TEXT PRIMARY KEY,
                        record BLOB NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE image_tags (
                        name TEXT PRIMARY KEY,
                        image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE
                    ) WITHOUT ROWID;
                    CREATE INDEX image_tags_by_image ON image_tags (image_id);

                    -- What drivers keep. owner: the network or endpoint that a row goes with; '' for none.
                    CREATE TABLE driver_state (
                        driver TEXT NOT NULL,
                        bucket TEXT NOT NULL,
                        key TEXT NOT NULL,
                        value BLOB NOT NULL,
                        owner TEXT NOT NULL,
                        PRIMARY KEY (driver, bucket, key)
                    ) WITHOUT ROWID;
                    CREATE INDEX driver_state_by_owner ON driver_state (owner);
                    """)
        }
        return migrator
    }
}
