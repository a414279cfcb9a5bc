// SPDX-License-Identifier: GPL-2.0

// Serves FILE, and says how much was posted to it: server.js FILE

const fs = require("fs");
const http = require("http");

const server = http.createServer((request, response) => {
  let length = 0;
  request.on("data", (data) => (length += data.length));
  request.on("end", () => {
    if (request.method === "POST") response.end(`${length} bytes\n`);
    else fs.createReadStream(process.argv[2]).pipe(response);
  });
});
server.listen(8000, "0.0.0.0", () => console.log("ready"));
