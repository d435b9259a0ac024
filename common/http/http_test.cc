#include "common/http/http.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace daicho::http {
namespace {

using ::testing::HasSubstr;

Response Echo(const Request& request) {
  return {.body = absl::StrCat(request.method, " ", request.target, " ", request.body)};
}

std::unique_ptr<Server> StartServer(Limits limits = {}) {
  return Server::Start("127.0.0.1:0", limits, Echo).value();
}

std::string AddressOf(const Server& server) { return absl::StrCat("127.0.0.1:", server.port()); }

// A connection that sends what it is told to, and not one byte more.
class RawClient {
 public:
  explicit RawClient(const Server& server) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(server.port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  ~RawClient() { close(socket_); }

  void Send(const std::string& bytes) { (void)!write(socket_, bytes.data(), bytes.size()); }
  // All there is until the server closes.
  std::string ReadToEnd() {
    std::string bytes;
    char piece[4096];
    for (ssize_t count; (count = read(socket_, piece, sizeof piece)) > 0;) {
      bytes.append(piece, static_cast<std::size_t>(count));
    }
    return bytes;
  }

 private:
  const int socket_ = socket(AF_INET, SOCK_STREAM, 0);
};

TEST(HttpTest, AnswersWhatIsAsked) {
  const auto server = StartServer({.body_bytes = 100});
  const auto answer = Send(AddressOf(*server), {.method = "POST", .target = "/a?b", .body = "c"},
                           absl::Seconds(10));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "POST /a?b c");
}

TEST(HttpTest, HeadHasTheLengthAndNoBody) {
  const auto server = StartServer();
  RawClient client(*server);
  client.Send("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string answer = client.ReadToEnd();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_TRUE(answer.size() > 4 && answer.substr(answer.size() - 4) == "\r\n\r\n") << answer;
}

TEST(HttpTest, LongHeadersAndBodiesEndTheConnection) {
  const auto server = StartServer({.body_bytes = 10});
  RawClient headers(*server);
  headers.Send(absl::StrCat("GET / HTTP/1.1\r\nX: ", std::string(9000, 'x'), "\r\n\r\n"));
  EXPECT_EQ(headers.ReadToEnd(), "");
  RawClient body(*server);
  body.Send("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n12345678901");
  EXPECT_EQ(body.ReadToEnd(), "");
  RawClient rubbish(*server);
  rubbish.Send("\x16\x03\x01 not http\r\n\r\n");
  EXPECT_EQ(rubbish.ReadToEnd(), "");
}

TEST(HttpTest, AClientThatDawdlesIsCutOff) {
  const auto server = StartServer({.request = absl::Milliseconds(200)});
  RawClient client(*server);
  client.Send("GET / HTTP/1.1\r\nHo");
  const absl::Time start = absl::Now();
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST(HttpTest, ConnectionsBeyondTheLimitAreClosedAndTheOthersAreAnswered) {
  const auto server = StartServer({.connections = 2});
  RawClient first(*server), second(*server), third(*server);
  EXPECT_EQ(third.ReadToEnd(), "");
  first.Send("GET /1 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(first.ReadToEnd(), HasSubstr("GET /1"));
}

TEST(HttpTest, AddressesAreChecked) {
  for (const char* address : {"", "7410", "localhost:7410", "127.0.0.1:", "127.0.0.1:70000"}) {
    EXPECT_EQ(Server::Start(address, {}, Echo).status().code(), absl::StatusCode::kInvalidArgument)
        << address;
  }
  const auto server = StartServer();
  EXPECT_EQ(Server::Start(AddressOf(*server), {}, Echo).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(HttpTest, FindsServersByName) {
  const auto server = StartServer();
  const auto answer = Send(absl::StrCat("localhost:", server->port()),
                           {.method = "GET", .target = "/x"}, absl::Seconds(5));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  const auto nobody =
      Send("nobody.invalid:80", {.method = "GET", .target = "/x"}, absl::Seconds(5));
  EXPECT_EQ(nobody.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Send("localhost", {.method = "GET", .target = "/"}, absl::Seconds(5)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(HttpTest, SaysWhenNobodyAnswers) {
  std::string address;
  { address = AddressOf(*StartServer()); }
  EXPECT_EQ(Send(address, {.method = "GET", .target = "/"}, absl::Seconds(5)).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace daicho::http
