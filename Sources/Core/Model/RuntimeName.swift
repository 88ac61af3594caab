/// Names of runtimes (`--runtime`). There is one, known by those that clients ask for as well.
public enum RuntimeName {
    /// The one that a container has which names none.
    public static let standard = "berth"
    public static let all = [standard, "runc", "io.containerd.runc.v2"]
}
