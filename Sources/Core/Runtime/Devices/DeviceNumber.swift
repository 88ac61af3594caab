/// The two halves of a device number, packed as the C library packs them (makedev(3)).
struct DeviceNumber {
    var major: UInt32
    var minor: UInt32

    init(_ packed: UInt64) {
        major = UInt32(truncatingIfNeeded: packed >> 8) & 0xfff | UInt32(truncatingIfNeeded: packed >> 32) & ~0xfff
        minor = UInt32(truncatingIfNeeded: packed) & 0xff | UInt32(truncatingIfNeeded: packed >> 12) & ~0xff
    }
}
