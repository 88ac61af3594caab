/// The body of every answer that is an error: `{"message": "…"}`.
package struct ErrorResponse: JSONWritable {
    package var message: String

    package init(_ message: String) {
        self.message = message
    }

    package func write(to json: inout JSONWriter) {
        json.object { $0.field("message", message) }
    }
}
