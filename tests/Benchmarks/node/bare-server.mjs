// The baseline: a Socket.IO server that acknowledges what it gets. Prints its port.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], maxHttpBufferSize: 8_000_000 });
io.on("connection", (socket) => {
  socket.on("call", (payload, acknowledge) => acknowledge(payload));
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.on("end", () => process.exit()).resume();
