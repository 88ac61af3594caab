/// Names for containers whose user gave none: an adjective and a thing from a harbour.
enum GeneratedName {
    private static let adjectives = [
        "able", "bold", "brave", "bright", "brisk", "calm", "clear", "clever", "cosy", "crisp", "dapper", "deft",
        "eager", "easy", "fair", "fine", "firm", "fleet", "fond", "fresh", "gentle", "glad", "grand", "hale", "handy",
        "hardy", "jolly", "keen", "kind", "lively", "loyal", "lucid", "mellow", "merry", "mild", "neat", "nimble",
        "noble", "patient", "placid", "plucky", "proud", "quick", "quiet", "ready", "robust", "salty", "serene",
        "sharp", "silent", "sleek", "smart", "snug", "solid", "sound", "spry", "steady", "still", "stout", "sturdy",
        "sunny", "sure", "swift", "tidal", "tidy", "trim", "trusty", "vivid", "warm", "wise", "witty", "zesty",
    ]
    private static let nouns = [
        "anchor", "barge", "beacon", "boom", "bow", "breakwater", "buoy", "cable", "canoe", "capstan", "cargo",
        "channel", "clipper", "coaster", "compass", "crane", "cutter", "dinghy", "dock", "dory", "drifter", "ferry",
        "fender", "galley", "gangway", "gull", "halyard", "harbour", "hatch", "hawser", "helm", "hold", "hull", "jetty",
        "jib", "keel", "ketch", "lantern", "lighter", "lock", "lugger", "mainsail", "mast", "mooring", "oar", "packet",
        "pier", "pilot", "pinnace", "port", "prow", "punt", "quay", "rigging", "rudder", "sail", "schooner", "scow",
        "sextant", "shanty", "skiff", "slipway", "sloop", "spar", "spinnaker", "stern", "tanker", "tender", "tide",
        "tiller", "trawler", "tug", "wharf", "winch", "windlass", "yawl",
    ]

    static func random(attempt: Int) -> String {
        let name = "\(adjectives.randomElement() ?? "calm")_\(nouns.randomElement() ?? "quay")"
        return attempt < 6 ? name : name + String(Int.random(in: 0..<1_000_000))
    }
}
