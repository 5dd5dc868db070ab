//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOSSL

/// A certificate of nobody's, for `localhost` and 127.0.0.1, valid for a hundred years.
enum TestCertificate {
    static func server() throws -> TLSConfiguration {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(Self.certificate.utf8))
        return .makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem))
        )
    }

    /// Adds TLS to a client's connection, which trusts the certificate and nothing else.
    static func addClientHandler(to channel: any Channel, applicationProtocols: [String]) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(Self.certificate.utf8)))
        configuration.applicationProtocols = applicationProtocols
        // Hummingbird does not answer a client's farewell on connections that wait for their next request.
        configuration.shutdownTimeout = .milliseconds(50)
        let handler = try NIOSSLClientHandler(context: NIOSSLContext(configuration: configuration), serverHostname: "localhost")
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUZurJndYfZRu2yK5vs039r+eZygAwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTAxNDEyMloYDzIxMjYxMDI4
        MDE0MTIyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQYO+XCinvADMLBuUBDvISWJu06KptpNnOF0ta04s5TWTr720rZnPiw
        BTaeMrANv1Lht4M25jbKfcgCS+hZvQvao28wbTAdBgNVHQ4EFgQUUhbn1OgIdD99
        g7zzHtY6/6JoOagwHwYDVR0jBBgwFoAUUhbn1OgIdD99g7zzHtY6/6JoOagwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIgIE66p0UOj56W//gNZpdT0qNQPUxS8J/TpHkFDi3EZgYCIQCZ
        cdx4r7RhG7FJr8gF7OWT4Jc7TI5ONZLUqxwYG217jg==
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg06Dti+eLYC9EIF2s
        /W1ULjmfnLDaR5LCJ52MAotuTpChRANCAAQYO+XCinvADMLBuUBDvISWJu06Kptp
        NnOF0ta04s5TWTr720rZnPiwBTaeMrANv1Lht4M25jbKfcgCS+hZvQva
        -----END PRIVATE KEY-----
        """
}
