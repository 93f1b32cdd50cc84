"""The neutral witness between a client under test and the gateway, in its own process.

`lab.capture.witness` is started by command (it holds mitmproxy, which costs a second and 80 MB);
`captured` is the durable log it writes and `wire` the faults it can put on the line.
"""
