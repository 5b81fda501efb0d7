"""TLS to Redis: a certificate of a trusted authority is not enough, it has to be for the host that the server was told, or
that the sentinels name."""

import subprocess
import unittest

import redis

import support
from redis_places import free_port
from support import BY_THE_RULE, request_xml, until


class RedisTls(support.Case):
    def setUp(self):
        self.place = self.folder()
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                     "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.place, check=True, capture_output=True)

    def certificate(self, name, hosts):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key",
                     "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (self.place / f"{name}.ext").write_text(f"subjectAltName={hosts}\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                     "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def launch(self, hosts, *options, file=()):
        """Its port. The certificate is for these hosts."""
        port = free_port()
        self.certificate(str(port), hosts)
        folder = self.folder()
        process = subprocess.Popen(
            ["redis-server", *file, "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
             "--tls-cert-file", str(self.place / f"{port}.pem"), "--tls-key-file", str(self.place / f"{port}.key"),
             "--tls-ca-cert-file", str(self.place / "ca.pem"), "--tls-auth-clients", "no", "--tls-replication", "yes",
             *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def answers():
            try:
                with redis.Redis(port=port, ssl=True, ssl_cert_reqs=None, ssl_check_hostname=False) as client:
                    return client.ping()
            except redis.RedisError:
                return False
        until(answers, "Redis answers")
        return port

    def sentinel(self, hosts, master):
        file = self.place / "sentinel.conf"
        file.write_text(f"sentinel monitor mymaster 127.0.0.1 {master} 1\n")
        return self.launch(hosts, "--sentinel", file=[str(file)])

    def start(self, url):
        node = self.server(ready=False, REDIS_URL=url, VNAS_SCRIPT=self.script(BY_THE_RULE),
                           VN_REDIS_TLS_CA_FILE=self.place / "ca.pem")
        node.wait_listening()
        return node

    def check_works(self, url):
        node = self.start(url)
        until(lambda: node.get("/readyz").status == 200, "it is ready")
        self.assertEqual(node.post(request_xml(1, 2)).status, 200)

    def check_refuses(self, url):
        node = self.start(url)
        until(lambda: any("certificate verify failed" in r["reason"] + r["detail"]
                          for r in node.log("redis connection ended")), "it refuses the certificate")
        answer = node.get("/readyz")
        self.assertEqual(answer.status, 503)
        self.assertIn("redis", answer.json["reason"])

    def test_the_host_of_the_url(self):
        port = self.launch("DNS:localhost,IP:127.0.0.1")
        self.check_works(f"rediss://localhost:{port}")
        self.check_works(f"rediss://127.0.0.1:{port}")

    def test_another_host(self):
        self.check_refuses(f"rediss://localhost:{self.launch('DNS:redis.example,IP:127.0.0.2')}")

    def test_the_master_that_the_sentinels_name(self):
        master = self.launch("IP:127.0.0.1")
        self.check_works(f"rediss+sentinel://localhost:{self.sentinel('DNS:localhost', master)}/mymaster")

    def test_a_master_that_is_not_who_the_sentinels_name(self):
        master = self.launch("DNS:localhost")  # that of the sentinel, and so of the URL
        self.check_refuses(f"rediss+sentinel://localhost:{self.sentinel('DNS:localhost', master)}/mymaster")

    def test_a_sentinel_that_is_not_who_the_url_names(self):
        master = self.launch("IP:127.0.0.1")
        node = self.start(f"rediss+sentinel://localhost:{self.sentinel('IP:127.0.0.1', master)}/mymaster")
        until(lambda: any("handshake" in r["detail"] or "certificate" in r["detail"]
                          for r in node.log("redis connection ended")), "it refuses the certificate")
        self.assertEqual(node.get("/readyz").status, 503)


if __name__ == "__main__":
    unittest.main()
