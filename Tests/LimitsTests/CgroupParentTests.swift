import Runtime
import Testing

@Suite struct CgroupParentTests {
    @Test(arguments: [
        ("/a/b", "/a/b/c"), ("a//b/", "/a/b/c"), ("", "/c"), ("/", "/c"), ("/a/./b/../d", "/a/d/c"),
        ("/../../etc", "/etc/c"), ("a/../../..", "/c"), ("/..a/b..", "/..a/b../c"),
    ]) func parentStaysInTheHierarchy(parent: String, path: String) throws {
        let layout = CgroupLayout(version: .v1, hierarchies: [], features: CgroupFeatures())
        #expect(layout.cgroup(parent: parent, name: "c").path == path)
    }
}
