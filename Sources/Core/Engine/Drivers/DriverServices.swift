import Logging
import PluginLoader
import State

/// What the engine offers drivers: its log, and rows in its database.
struct DriverServices: HostServices {
    let database: Database
    let logger: Logger
    let lostEndpoints: LostEndpoints

    func log(driver: String, level: DriverLogLevel, _ text: String) {
        let level: Logger.Level =
            switch level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        logger.log(level: level, "driver \(driver): \(text)")
    }

    func lost(driver: String, endpoint: String) { lostEndpoints.tell(endpoint) }

    func putState(
        driver: String, bucket: String, key: String, value: [UInt8], owner: String, onlyIfAbsent: Bool
    ) throws -> Bool {
        try database.putDriverValue(
            driver: driver, bucket: bucket, key: key, value: value, owner: owner, onlyIfAbsent: onlyIfAbsent)
    }

    func state(driver: String, bucket: String, key: String) throws -> [UInt8]? {
        try database.driverValue(driver: driver, bucket: bucket, key: key)
    }

    func deleteState(driver: String, bucket: String, key: String) throws -> Bool {
        try database.deleteDriverValue(driver: driver, bucket: bucket, key: key)
    }

    func states(driver: String, bucket: String) throws -> [DriverStateRow] {
        try database.driverValues(driver: driver, bucket: bucket).map {
            DriverStateRow(key: $0.key, value: $0.value, owner: $0.owner)
        }
    }
}
