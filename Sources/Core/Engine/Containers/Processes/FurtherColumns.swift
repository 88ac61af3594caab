extension ProcessColumn {
    /// Columns that are seldom asked for: signals, namespaces, scheduling, and what a process has saved.
    static let further: [String: ProcessColumn] = [
        "f": flags, "flag": flags, "flags": flags,
        "addr": ProcessColumn("ADDR") { _, _ in "-" },
        "wchan": waiting, "nwchan": waiting,
        "min_flt": number("MINFL", \.minorFaults), "minflt": number("MINFLT", \.minorFaults),
        "maj_flt": number("MAJFL", \.majorFaults), "majflt": number("MAJFLT", \.majorFaults),
        "pending": signals("PENDING", "SigPnd"), "sig": signals("PENDING", "SigPnd"),
        "blocked": signals("BLOCKED", "SigBlk"), "sigmask": signals("BLOCKED", "SigBlk"),
        "ignored": signals("IGNORED", "SigIgn"), "sigignore": signals("IGNORED", "SigIgn"),
        "caught": signals("CAUGHT", "SigCgt"), "sigcatch": signals("CAUGHT", "SigCgt"),
        "tpgid": number("TPGID", \.foregroundGroup),
        "label": label("LABEL"), "context": label("CONTEXT"),
        "cls": policy("CLS"), "policy": policy("POL"), "class": policy("CLS"), "sched": number("SCH", \.policy),
        "rtprio": ProcessColumn("RTPRIO") { process, _ in
            process.realtimePriority == 0 ? "-" : String(process.realtimePriority)
        },
        "priority": number("PRI", \.priority),
        "opri": ProcessColumn("PRI") { process, _ in
            String(process.priority + 60)
        },
        "trs": ProcessColumn("TRS") { process, _ in String(process.codeSize / 1024) },
        "drs": ProcessColumn("DRS") { process, _ in
            String(max(0, (process.virtualSize - process.codeSize) / 1024))
        },
        "size": ProcessColumn("SIZE") { process, _ in process.statusLine("VmData").prefixNumber },
        "lwp": number("LWP", \.pid), "tid": number("TID", \.pid), "spid": number("SPID", \.pid),
        "tgid": number("TGID", \.pid),
        "suid": identity("SUID", "Uid", 2), "svuid": identity("SVUID", "Uid", 2), "fuid": identity("FUID", "Uid", 3),
        "fsuid": identity("FUID", "Uid", 3), "sgid": identity("SGID", "Gid", 2), "svgid": identity("SVGID", "Gid", 2),
        "fgid": identity("FGID", "Gid", 3), "fsgid": identity("FGID", "Gid", 3),
        "supgid": ProcessColumn("SUPGID") { process, _ in
            process.statusLine("Groups").split(separator: " ").joined(separator: ",").orDash
        },
        "cgroup": ProcessColumn("CGROUP") { process, _ in
            (process.file("cgroup") ?? "").split(separator: "\n").joined(separator: ",").orDash
        },
        "exe": ProcessColumn("EXE") { process, _ in process.link("exe") ?? "-" },
        "oom": ProcessColumn("OOM") { process, _ in process.file("oom_score") ?? "-" },
        "oomadj": ProcessColumn("OOMADJ") { process, _ in process.file("oom_score_adj") ?? "-" },
        "cputimes": ProcessColumn("TIME") { String($1.processorSeconds(of: $0)) },
        "times": ProcessColumn("TIME") { String($1.processorSeconds(of: $0)) },
        "ipcns": namespace("IPCNS", "ipc"), "mntns": namespace("MNTNS", "mnt"), "netns": namespace("NETNS", "net"),
        "pidns": namespace("PIDNS", "pid"), "userns": namespace("USERNS", "user"), "utsns": namespace("UTSNS", "uts"),
        "cgroupns": namespace("CGROUPNS", "cgroup"), "timens": namespace("TIMENS", "time"),
    ]

    /// Whether it forked and never executed another program (1), or used what only root may (4).
    static let flags = ProcessColumn("F") { process, _ in String(process.flags >> 6 & 7, radix: 8) }
    static let waiting = ProcessColumn("WCHAN") { process, _ in
        let place = process.file("wchan") ?? ""
        return place.isEmpty || place == "0" ? "-" : String(place.prefix(6))
    }
    static let code = further["trs"] ?? pid
    static let data = further["drs"] ?? pid

    static func signals(_ title: String, _ line: String) -> ProcessColumn {
        ProcessColumn(title) { process, _ in process.statusLine(line).orDash }
    }

    static func label(_ title: String) -> ProcessColumn {
        ProcessColumn(title) { process, _ in
            (process.file("attr/current") ?? "").filter { $0 != "\0" }.orDash
        }
    }

    /// As sched(7) numbers them.
    private static func policy(_ title: String) -> ProcessColumn {
        let names = ["TS", "FF", "RR", "B", "ISO", "IDL", "DLN"]
        return ProcessColumn(title) { process, _ in
            names.indices.contains(process.policy) ? names[process.policy] : "?"
        }
    }

    private static func identity(_ title: String, _ line: String, _ place: Int) -> ProcessColumn {
        ProcessColumn(title) { process, _ in
            let numbers = process.statusLine(line).split(whereSeparator: \.isWhitespace)
            return place < numbers.count ? String(numbers[place]) : "-"
        }
    }

    private static func namespace(_ title: String, _ name: String) -> ProcessColumn {
        ProcessColumn(title) { process, _ in
            (process.link("ns/" + name) ?? "").drop { $0 != "[" }.dropFirst().dropLast().description.orDash
        }
    }
}

extension String {
    fileprivate var orDash: String { isEmpty ? "-" : self }
    /// The number that it begins with.
    fileprivate var prefixNumber: String { String(Int(prefix { $0.isNumber }) ?? 0) }
}
