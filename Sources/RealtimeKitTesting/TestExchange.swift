//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// One request and its response, as a client sees them, whatever the protocol below.
package protocol TestExchange: Sendable {
    /// The next part of the response; `nil` when the connection has ended.
    func receive(timeout: Duration) async throws -> TestResponsePart?
    /// Stops reading: buffers fill, the kernel's first.
    func stall() async throws
    /// Reads again.
    func unstall() async throws
    /// Closes the client's side only.
    func closeOutput() async throws
    /// Closes in good order.
    func close() async
    /// Closes without a farewell.
    func reset() async throws
}

/// A part of a response.
package enum TestResponsePart: Sendable {
    case head(SSETestClient.Head)
    case body(ByteBuffer)
    /// The body is complete, as opposed to a connection that broke.
    case end
}
