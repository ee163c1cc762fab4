"""A kernel for tests that does one thing wrong, and otherwise as a kernel should: misbehaving_kernel.py CONNECTION_FILE MODE."""

import hashlib
import hmac
import json
import os
import socket
import sys
import threading
import time
import uuid

import zmq

with open(sys.argv[1]) as file:
    info = json.load(file)
mode = sys.argv[2]
PORTS = ("shell", "iopub", "stdin", "control", "hb")


def address(name):
    port = info[name + "_port"]
    return f"{info['ip']}-{port}" if info["transport"] == "ipc" else (info["ip"], port)


# What is no ZeroMQ at all, or breaks its rules, is spoken over plain sockets.
GREETING = b"\xff" + bytes(7) + b"\x01\x7f\x03\x01NULL" + bytes(48)
PEERS = {"shell": b"ROUTER", "iopub": b"PUB", "stdin": b"ROUTER", "control": b"ROUTER", "hb": b"REP"}


def ready(kind):
    body = b"\x05READY\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind
    return b"\x04" + bytes([len(body)]) + body


RAW = {
    # mode: what is sent to whoever connects, and whether the connection ends with it
    "garbage": (lambda name: b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", False),
    "old": (lambda name: b"\x01\x00", False),
    "curve": (lambda name: GREETING.replace(b"NULL\0", b"CURVE"), False),
    "mute": (lambda name: b"", False),
    "wrong-type": (lambda name: GREETING + ready(b"PUSH"), False),
    "refuses": (lambda name: GREETING + b"\x04\x0c\x05ERROR\x05no no", False),
    "malformed": (lambda name: GREETING + ready(PEERS[name]) + b"\xf0\x00", False),
    "cut": (lambda name: GREETING + ready(PEERS[name]) + b"\x02\x00\x00\x00\x00\x00\x00\x10\x00half", True),
}


def serve_raw(name):
    say, ends = RAW[mode]
    listener = socket.socket(socket.AF_UNIX if info["transport"] == "ipc" else socket.AF_INET)
    listener.bind(address(name))
    listener.listen()
    connections = []
    while True:
        connection, _ = listener.accept()
        connection.sendall(say(name))
        if ends:
            # In its own time: the other side reads first.
            connection.shutdown(socket.SHUT_WR)
        connections.append(connection)


if mode == "dies":
    sys.exit(3)
if mode in RAW:
    for port in PORTS:
        threading.Thread(target=serve_raw, args=(port,)).start()
    threading.Event().wait()

context = zmq.Context()


def bind(name, kind):
    result = context.socket(kind)
    result.linger = 0
    result.sndhwm = 0 if mode == "flood" else 1000
    if mode == "pings":
        result.setsockopt(zmq.HEARTBEAT_IVL, 20)
        result.setsockopt(zmq.HEARTBEAT_TIMEOUT, 150)
    where = address(name)
    result.bind(f"ipc://{where}" if info["transport"] == "ipc" else "tcp://%s:%d" % where)
    return result


shell = bind("shell", zmq.ROUTER)
stdin = bind("stdin", zmq.ROUTER)
control = bind("control", zmq.ROUTER)
if mode != "no-heartbeat":
    heartbeat = bind("hb", zmq.ROUTER)
    threading.Thread(target=zmq.proxy, args=(heartbeat, heartbeat), daemon=True).start()
if mode == "late-iopub":
    time.sleep(0.7)
iopub = bind("iopub", zmq.PUB)


def frames(kind, parent, content, key=info["key"]):
    header = {"msg_id": str(uuid.uuid4()), "username": "", "session": "", "msg_type": kind, "version": "5.4", "date": "2026-01-02T03:04:05.678Z"}
    parts = [p if isinstance(p, bytes) else json.dumps(p).encode() for p in (header, parent, {}, content)]
    digest = hmac.new(key.encode(), digestmod=hashlib.sha256)
    for part in parts:
        digest.update(part)
    return [b"<IDS|MSG>", digest.hexdigest().encode()] + parts


def send(target, ids, kind, parent, content):
    if mode == "bad-signatures":
        target.send_multipart(ids + frames(kind, parent, content, key="not the key"))
        return
    good = frames(kind, parent, content)
    if mode == "noise":
        bad = frames(kind, parent, content, key="not the key")
        for wrong in (bad, good[:4], good[1:], [b""], [b"<IDS|MSG>"], frames(kind, parent, b"{"), frames(kind, b"[]", content)):
            target.send_multipart(ids + wrong)
    target.send_multipart(ids + good)


def publish(kind, parent, content):
    if mode != "no-iopub":
        send(iopub, [kind.encode()], kind, parent, content)


def flood(parent, count, text):
    # The same message again and again, as python takes longer to sign it than the other side to read it.
    message = [b"stream"] + frames("stream", parent, {"name": "stdout", "text": text})
    for _ in range(count):
        iopub.send_multipart(message)


def execute(parent, code):
    request = json.loads(code) if code.startswith("{") else {}
    flood(parent, request.get("tiny", 0), "x\n")
    flood(parent, request.get("large", 0), "x" * request.get("bytes", 0))
    if "sleep" in request:
        time.sleep(request["sleep"])
    if "raw" in request:
        publish("stream", parent, bytes.fromhex(request["raw"]))
    if request.get("exit"):
        os._exit(request["exit"])


asked = 0
publish("status", {}, {"execution_state": "starting"})
while True:
    message = shell.recv_multipart()
    start = message.index(b"<IDS|MSG>")
    ids, (header, content) = message[:start], (json.loads(message[start + 2]), json.loads(message[start + 5]))
    if header["msg_type"] == "kernel_info_request":
        asked += 1
        if mode == "deaf" and asked < 3:
            # As if the subscription had come too late.
            send(shell, ids, "kernel_info_reply", header, {"status": "ok", "asked": asked})
            continue
    publish("status", header, {"execution_state": "busy"})
    if header["msg_type"] == "execute_request":
        execute(header, content["code"])
        if mode != "no-reply":
            send(shell, ids, "execute_reply", header, {"status": "ok", "execution_count": 1, "length": len(content["code"])})
        if mode == "never-idle":
            continue
    else:
        send(shell, ids, header["msg_type"].replace("request", "reply"), header, {"status": "ok", "asked": asked})
    publish("status", header, {"execution_state": "idle"})
