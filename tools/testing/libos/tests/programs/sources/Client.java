// SPDX-License-Identifier: GPL-2.0

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Fetches URL, compares with FILE, and looks up NAME: Client.java URL FILE NAME */
class Client {
    public static void main(String[] args) throws Exception {
        byte[] expected = Files.readAllBytes(Path.of(args[1]));
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create(args[0])).build();
        var answers = IntStream.range(0, 8)
            .mapToObj(number -> client.sendAsync(request, BodyHandlers.ofByteArray()))
            .toList();
        long equal = answers.stream()
            .filter(answer -> Arrays.equals(answer.join().body(), expected))
            .count();
        System.out.println("HttpClient " + equal);
        byte[] stream = URI.create(args[0]).toURL().openStream().readAllBytes();
        System.out.println("openStream " + Arrays.equals(stream, expected));
        System.out.println("lookup " + InetAddress.getByName(args[2]).getHostAddress());
        System.out.println("eth0 " + NetworkInterface.getByName("eth0").getMTU());
        System.exit(0);
    }
}
