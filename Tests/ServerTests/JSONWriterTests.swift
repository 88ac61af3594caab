import API
import FoundationEssentials
import Testing

@Suite struct JSONWriterTests {
    @Test func stringsAreEscaped() throws {
        let text = "a\"b\\c\n\r\t\u{01}/é🐳\u{7f}"
        let bytes = JSONWriter.encode(["k": text])
        let decoded = try JSONDecoder().decode([String: String].self, from: Data(bytes))
        #expect(decoded == ["k": text])
        #expect(String(decoding: JSONWriter.encode("\u{1f}\n"), as: UTF8.self) == "\"\\u001f\\n\"")
    }

    @Test func fieldsKeepTheirOrderAndNullsAreWritten() {
        var json = JSONWriter()
        json.object { json in
            json.field("b", 1)
            json.object("a") { $0.field("x", [String]()) }
            json.field("n", String?.none)
            json.optional("left-out", String?.none)
            json.field("l", [true, false])
            json.field("m", ["z": 2, "y": 1])
        }
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"b":1,"a":{"x":[]},"n":null,"l":[true,false],"m":{"y":1,"z":2}}"#)
    }
}
