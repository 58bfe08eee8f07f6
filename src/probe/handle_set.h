#pragma once
// Descriptors under names, which pass from one process to the next. What counts in the kernel (eBPF
// maps and links) goes on counting for as long as somebody holds it, so whoever outlives a meter
// holds it for the next one.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epochcost::probe {

// Owns descriptors. Move-only; one thread.
class HandleSet {
 public:
  static constexpr char kLetter = 'H';

  HandleSet() = default;
  HandleSet(HandleSet&& other) noexcept : held_(std::exchange(other.held_, {})) {}
  HandleSet& operator=(HandleSet&& other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  HandleSet(const HandleSet&) = delete;
  HandleSet& operator=(const HandleSet&) = delete;
  ~HandleSet();

  // Takes ownership of `fd`. A name that is held already keeps what it had, and `fd` is closed.
  void Put(std::string_view name, int fd);
  // Holds a duplicate of `fd`, which stays the caller's.
  void PutDuplicate(std::string_view name, int fd);
  // Holds duplicates of all that the other holds.
  void Share(const HandleSet& other);
  // Takes over what the other holds and this one does not.
  void Join(HandleSet& other);
  // The descriptor of that name, still ours; -1 where there is none.
  [[nodiscard]] int Find(std::string_view name) const;
  // Gives the descriptor of that name away; -1 where there is none.
  [[nodiscard]] int Take(std::string_view name);
  // A duplicate, the caller's to close; -1 where there is none.
  [[nodiscard]] int Duplicate(std::string_view name) const;
  [[nodiscard]] bool IsEmpty() const { return held_.empty(); }
  [[nodiscard]] std::size_t Size() const { return held_.size(); }

  // For a program that is executed with the handles at descriptors `first`, `first` + 1, …:
  // "network=4,network_ingress=5". Parse() takes ownership of what the text names and sets
  // close-on-exec; words that are none, or name no open descriptor, are left out.
  [[nodiscard]] std::string Describe(int first) const;
  [[nodiscard]] static HandleSet Parse(std::string_view text);
  // Puts them where Describe(first) says. Async-signal-safe. `first` … `first` + Size() − 1 must
  // not be descriptors that somebody needs.
  void PlaceAt(int first) const;

  // Across a Unix socket that keeps messages apart; the message begins with kLetter. False: it did
  // not go, or nothing of the kind came. Receive() does not wait.
  [[nodiscard]] bool SendOver(int socket) const;
  [[nodiscard]] bool ReceiveFrom(int socket);

 private:
  std::vector<std::pair<std::string, int>> held_;
};

}  // namespace epochcost::probe
