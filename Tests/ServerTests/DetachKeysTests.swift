import Model
import Server
import Testing

@Suite struct DetachKeysTests {
    @Test func sequencesAreRead() throws {
        #expect(try DetachKeys(nil).bytes == [16, 17])
        #expect(try DetachKeys("").bytes == [16, 17])
        #expect(try DetachKeys("ctrl-x,a").bytes == [24, 97])
        #expect(try DetachKeys("ctrl-@,ctrl-[,ctrl-_,DEL,Z").bytes == [0, 27, 31, 127, 90])
    }

    @Test(arguments: ["ctrl-", "ctrl-A", "ctrl-p,,q", "control-p", "ab"])
    func othersAreRefusedInDockersWords(_ text: String) {
        #expect(throws: BerthError.invalid("Invalid detach keys (\(text)) provided")) { try DetachKeys(text) }
    }

    @Test func sequenceIsFoundHoweverItIsCut() throws {
        let keys = try DetachKeys("a,b,c")
        for cut in 0...5 {
            var matcher = DetachKeyMatcher(keys)
            let input = Array("xabcy".utf8)
            let (first, early) = matcher.process(input[..<cut])
            guard !early else {
                #expect(first == Array("x".utf8))
                continue
            }
            let (second, detached) = matcher.process(input[cut...])
            #expect(detached)
            #expect(first + second == Array("x".utf8))
        }
    }

    @Test func keysThatOnlyBeginTheSequenceArePassedOn() throws {
        var matcher = DetachKeyMatcher(try DetachKeys("a,a,b"))
        var passed: [UInt8] = []
        for byte in "aac".utf8 {
            let (output, detached) = matcher.process([byte])
            #expect(!detached)
            passed += output
        }
        #expect(passed == Array("aac".utf8))
        let (output, detached) = matcher.process(Array("aaab".utf8))
        #expect(detached)
        #expect(output == Array("a".utf8))
    }

    @Test func beginningIsHeldBackUntilDecided() throws {
        var matcher = DetachKeyMatcher(.standard)
        #expect(matcher.process([16]).output.isEmpty)
        #expect(matcher.process([65]).output == [16, 65])
    }
}
