import API
import Model
import Testing

@Suite struct QueryTests {
    @Test func valuesAreDecoded() {
        let query = Query("a=1%2F2+3&b&c=&a=second&d=%zz&e=x%3Dy=z")
        #expect(query["a"] == "1/2 3")
        #expect(query.all("a") == ["1/2 3", "second"])
        #expect(query["b"] == "")
        #expect(query["c"] == "")
        #expect(query["d"] == "%zz")
        #expect(query["e"] == "x=y=z")
        #expect(query["none"] == nil)
    }

    @Test(arguments: [
        ("1", true), ("true", true), ("True", true), ("yes", true), ("0", false), ("false", false), ("no", false),
        ("", false), ("none", false),
    ])
    func booleansAreReadAsDockerDoes(_ text: String, _ value: Bool) {
        #expect(Query("x=\(text)").bool("x") == value)
    }

    @Test func absentBooleansHaveTheirDefault() {
        #expect(!Query("").bool("x"))
        #expect(Query("").bool("x", default: true))
    }

    @Test func numbersAreNumbers() throws {
        #expect(try Query("t=-1").int("t") == -1)
        #expect(try Query("t=").int("t") == nil)
        #expect(throws: BerthError.self) { try Query("t=ten").int("t") }
    }

    @Test func filtersHaveTwoForms() throws {
        let list = try FilterParameter.parse(#"{"label":["a","b=c"],"status":["running"]}"#)
        #expect(list.values == ["label": ["a", "b=c"], "status": ["running"]])
        let set = try FilterParameter.parse(#"{"label":{"b":true,"a":true,"off":false}}"#)
        #expect(set.values == ["label": ["a", "b"]])
        #expect(try FilterParameter.parse("").values.isEmpty)
        #expect(try FilterParameter.parse("{}").values.isEmpty)
    }

    @Test(arguments: ["{", "[]", #"{"label":"a"}"#, #"{"label":[1]}"#, "label=a"])
    func malformedFiltersAreRefused(_ text: String) throws {
        let error = #expect(throws: BerthError.self) { try FilterParameter.parse(text) }
        #expect(error?.code == .invalidParameter)
    }
}
