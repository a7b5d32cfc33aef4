"""A tracker over HTTP at the host and port given: tells each peer of all others, where it sees them and at the port that
they announce (BEP 3, 23). Writes a JSON object a line: listening, and each announce."""

import json
import socket
import struct
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

peers = {}


class Tracker(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query, encoding="latin1")
        host = self.client_address[0]
        port = int(query["port"][0])
        print(json.dumps({"event": "announce", "host": host, "port": port}), flush=True)
        others = [told for peer_id, told in peers.items() if peer_id != query["peer_id"][0]]
        peers[query["peer_id"][0]] = socket.inet_aton(host) + struct.pack("!H", port)
        body = b"".join(others)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"d8:intervali1800e12:min intervali900e5:peers%d:%se" % (len(body), body))

    def log_message(self, *arguments):
        pass


server = HTTPServer((sys.argv[1], int(sys.argv[2])), Tracker)
print(json.dumps({"event": "listening"}), flush=True)
server.serve_forever()
