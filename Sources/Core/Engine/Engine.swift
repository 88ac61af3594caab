import Model

/// The use cases of the engine.
public final class Engine: Sendable {
}
