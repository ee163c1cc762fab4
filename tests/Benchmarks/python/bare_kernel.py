"""A kernel by jupyter_client and nothing else: the baseline of the kernels' figures. Commands are lines of stdin, answers lines of stdout, times milliseconds.

spawn            from the start of the process to the result of 1+1
rounds COUNT     times of 1+1 in one kernel, one after the other
run NAME         time of one execution: lines (10,000 lines flushed one by one), bytes (20 MB in one piece)
"""
import json
import sys
import time

from jupyter_client.manager import KernelManager

CODE = {
    "lines": "import sys\nfor i in range(10000):\n    print(i); sys.stdout.flush()",
    "bytes": "import sys\n_ = sys.stdout.write(('x' * 99 + '\\n') * 200_000)",
}


def start():
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    return manager, client


def stop(manager, client):
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def execute(client, code):
    """Reads everything until the kernel has answered and is idle again."""
    request = client.execute(code, store_history=True, allow_stdin=False, stop_on_error=False)
    while True:
        message = client.get_iopub_msg(timeout=120)
        if message["parent_header"].get("msg_id") == request and message["content"].get("execution_state") == "idle":
            break
    while client.get_shell_msg(timeout=120)["parent_header"].get("msg_id") != request:
        pass


def timed(action):
    begin = time.perf_counter()
    action()
    return (time.perf_counter() - begin) * 1000


kernel = None
for line in sys.stdin:
    command, *arguments = line.split()
    if command == "spawn":
        started = []

        def spawn():
            started.extend(start())
            execute(started[1], "1+1")

        answer = timed(spawn)
        stop(*started)
    else:
        if kernel is None:
            kernel = start()
            execute(kernel[1], "1+1")
        if command == "rounds":
            answer = [timed(lambda: execute(kernel[1], "1+1")) for _ in range(int(arguments[0]))]
        else:
            answer = timed(lambda: execute(kernel[1], CODE[arguments[0]]))
    print(json.dumps(answer), flush=True)

if kernel is not None:
    stop(*kernel)
    del kernel
