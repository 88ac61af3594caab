import ArgumentParser
import CCrash
import Engine
import Foundation
import Logging
import Model
import Server
import ServiceLifecycle

/// `berthd`: options, and the order in which the daemon's parts come up and go down.
@main
struct BerthDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berthd", abstract: "The Berth container engine's daemon.", version: Version.text)

    @OptionGroup var options: DaemonOptions

    static func main() async {
        StartLimits.checkThreads()
        await main(nil)
    }

    mutating func run() async throws {
        // What others may read or enter is given its mode where it is made.
        umask(0o077)
        if options.listCrashPoints {
            for point in CrashPoint.allCases { print(point.rawValue) }
            return
        }
        let settings = try DaemonSettings(options: options)
        LoggingSystem.bootstrap { label in
            BoundedLog(label: label, level: settings.logLevel)
        }
        let logger = Logger(label: "berthd")
        guard geteuid() == 0 else { throw ValidationError("berthd needs to be run as root") }
        HarmlessSignals.ignore()
        berth_crash_install(settings.engine.crashDirectory)
        do {
            try StartLimits.checkDescriptors()
            let lock = try DaemonLock(settings: settings)
            defer { lock.release() }
            var configuration = settings.engine
            if options.recover {
                return try await Engine.recoverDatabase(configuration: configuration, logger: logger)
            }
            let networkLock = try NetworkLock()
            defer { networkLock.release() }
            configuration.containerOpenFiles = OpenFiles.raiseLimit()
            let engine = try Engine(configuration: configuration, logger: logger)
            let identityLock = try IdentityLock(id: engine.daemonID, dataRoot: configuration.dataRoot)
            defer { identityLock.release() }
            try await engine.recover()
            let server = BerthServer(
                engine: engine,
                configuration: .init(
                    unixSocketPath: settings.socketPath, socketGroup: settings.socketGroup, serverVersion: Version.text),
                logger: logger)
            let group = ServiceGroup(
                configuration: .init(
                    services: [
                        .init(service: server), .init(service: HangUp(engine: engine, logger: logger)),
                        .init(service: StateReport(engine: engine, logger: logger)),
                    ],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            logger.notice("berthd \(Version.text) serves the Docker Engine API at \(settings.socketPath)")
            try await group.run()
            await engine.shutdown()
        } catch {
            logger.critical("\(Self.text(error))")
            throw ExitCode(1)
        }
    }

    /// Whatever keeps the daemon from running, in the words it has for that.
    private static func text(_ error: any Error) -> String {
        switch error {
        case let error as BerthError: error.message
        case let error as ValidationError: error.message
        default: "\(error)"
        }
    }
}
