//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Tasks that tell of their progress: to the client that began them, or to all who watch a channel.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEProgressTests {
    /// Its text is not meant for clients.
    private struct Secret: Error, CustomStringConvertible {
        let description = "the password is 1234"
    }

    private struct TooLarge: SSEPublicError {
        let publicMessage = "The \"file\" is too large"
    }

    private static let unknown = #"{"message":"Unknown error"}"#

    // MARK: A response

    @Test(arguments: TransportPath.routes) func aResponseTellsOfATaskAndEndsWithIt(path: TransportPath) async throws {
        let route = TestRoute { _, _ in
            SSEResponse.progress { update in
                try await update(0, "Reading")
                try await update(12.5)
                try await update(-3)
                try await update(250, "More than all")
                try await update(.nan)
                try await update(-.infinity)
            }
        }
        try await path.run(route) { server in
            let client = try await server.open()
            for data in [
                #"{"percent":0,"message":"Reading"}"#, #"{"percent":12.5}"#, #"{"percent":0}"#, #"{"percent":100,"message":"More than all"}"#,
                #"{"percent":0}"#, #"{"percent":0}"#,
            ] {
                let event = try await client.expect("progress")
                #expect(try Update(event.data) == Update(data))
            }
            try await client.expect("complete", #"{"percent":100}"#)
            #expect(try await client.nextOrEnd() == nil)
            #expect(await client.endedCleanly)
            await client.close()
        }
    }

    @Test func theTextOfAnErrorStaysOnTheServerUnlessItIsMeantForClients() async throws {
        let log = LogRecorder()
        let route = TestRoute { request, _ in
            let error: any Error = request.uri.queryParameters["public"] == nil ? Secret() : TooLarge()
            return SSEResponse.progress { update in
                try await update(30)
                throw error
            }
        }
        try await TransportPath.direct.run(route, logger: log.logger) { server in
            for (target, data) in [("/sse", Self.unknown), ("/sse?public=yes", #"{"message":"The \"file\" is too large"}"#)] {
                let client = try await server.open(target)
                try await client.expect("progress", #"{"percent":30}"#)
                try await client.expect("error", data)
                #expect(try await client.nextOrEnd() == nil, "Nothing is complete")
                #expect(await client.endedCleanly)
                #expect(try await !client.body().contains("1234"))
            }
            try await eventually("both are logged") { log.records.values.count { $0.contains("An event stream ended with an error") } == 2 }
            #expect(!log.records.values.contains { $0.contains("1234") })
        }
    }

    @Test func aTaskIsCancelledWhenItsClientLeaves() async throws {
        let manager = try SSEManager()
        let (ends, gate) = (Recorder<String>(), Gate())
        let route = TestRoute { _, _ in
            var response = SSEResponse.progress { update in
                try await update(1)
                await gate.pass()
                do {
                    try await update(2)
                } catch {
                    ends.add("\(type(of: error)), cancelled: \(Task.isCancelled)")
                    throw error
                }
            }
            response.hub = manager.hub
            return response
        }
        try await TransportPath.direct.run(route) { server in
            let client = try await server.open()
            try await client.expect("progress")
            try await client.cut()
            try await eventually("nobody is there") { manager.connectionCount == 0 }
            gate.open()
            try await eventually("the task learns of it") { !ends.values.isEmpty }
            #expect(ends.values == ["CancellationError, cancelled: true"])
        }
    }

    // MARK: A manager's channel

    /// Runs an application with an endpoint for a manager.
    private func watching(_ manager: SSEManager, _ test: @Sendable @escaping (TestServer) async throws -> Void) async throws {
        try await TestServer.run(Router().sse("/sse", SSEPlugin<BasicRequestContext, Anonymous>(manager: manager)), test)
    }

    @Test func allOnlookersOfAChannelSeeWhatComesAfterThem() async throws {
        let manager = try SSEManager()
        try await self.watching(manager) { server in
            let (early, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=uploads/42")
            let (other, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=uploads/43")
            let result = try await manager.progress(of: "uploads/42") { update in
                try await update(10, "Begun")
                let (late, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=uploads/42")
                try await update(90)
                try await late.expect("progress", #"{"percent":90}"#)
                // Who leaves does not disturb the task.
                await late.close()
                return 42
            }
            #expect(result == 42)
            let first = try await early.expect("progress")
            #expect(try Update(first.data) == Update(#"{"percent":10,"message":"Begun"}"#))
            #expect(first.channel == "uploads/42")
            try await early.expect("progress", #"{"percent":90}"#)
            #expect(try await early.expect("complete", #"{"percent":100}"#).channel == "uploads/42")
            // The stream is not the task's: it stays.
            try manager.broadcast("after", "all", to: "uploads/42")
            try await early.expect("after", "all")
            try manager.broadcastAll(.text("nothing before"))
            try await other.expect("message", "nothing before")
        }
    }

    @Test func aFailureReachesTheChannelAndTheCaller() async throws {
        let manager = try SSEManager()
        try await self.watching(manager) { server in
            let (client, _) = try await SSETestClient.connected(port: server.port, "/sse?channels=a")
            await #expect(throws: Secret.self) { try await manager.progress(of: "a") { _ in throw Secret() } }
            try await client.expect("error", Self.unknown)
            await #expect(throws: TooLarge.self) { try await manager.progress(of: "a") { _ in throw TooLarge() } }
            try await client.expect("error", #"{"message":"The \"file\" is too large"}"#)
            try manager.broadcast("end", "", to: "a")
            try await client.expect("end")
        }
    }

    @Test func aTaskThatNobodyWatchesRunsAsWell() async throws {
        let manager = try SSEManager()
        let result = try await manager.progress(of: "nobody") { update in
            try await update(50)
            return "done"
        }
        #expect(result == "done")
    }

    @Test func aBadNameIsRefusedBeforeTheTaskBegins() async throws {
        let begun = Recorder<Void>()
        let error = await #expect(throws: RealtimeError.self) {
            try await SSEManager().progress(of: "up\nloads") { _ in begun.add(()) }
        }
        #expect(error?.code == .invalidName)
        #expect(begun.values.isEmpty)
    }

    // MARK: A channel of its own

    @Test func theClientsOfAChannelSeeATasksProgress() async throws {
        let channel = try SSEChannel("imports")
        try await TransportPath.direct.run(.channel(channel)) { server in
            let clients = [try await server.stream(), try await server.stream()]
            try await eventually("both are there") { channel.clientCount == 2 }
            let result = try await channel.progress { update in
                try await update(60, "Half")
                return "imported"
            }
            #expect(result == "imported")
            await #expect(throws: Secret.self) { try await channel.progress { _ in throw Secret() } }
            for client in clients {
                #expect(try Update(await client.expect("progress").data) == Update(#"{"percent":60,"message":"Half"}"#))
                try await client.expect("complete", #"{"percent":100}"#)
                try await client.expect("error", Self.unknown)
            }
            #expect(channel.clientCount == 2)
        }
    }
}

/// What an update says, whatever the order of its keys.
private struct Update: Codable, Equatable {
    let percent: Double
    let message: String?

    init(_ json: String) throws { self = try JSONDecoder().decode(Update.self, from: Data(json.utf8)) }
}
