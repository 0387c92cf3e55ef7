/// What other threads have to tell a reactor: a list that anybody adds to and the reactor empties. No memory is taken: who sends is the
/// letter himself.
#pragma once

#include <atomic>

namespace rediscluster::drive {

/// A place in a list of mails.
struct MailLink {
  MailLink* next_mail = nullptr;
};

/// Something to be done on the thread of a reactor. In one list at a time; must live until it was opened.
class Mail : private MailLink {
 public:
  Mail() = default;
  Mail(const Mail&) = delete;
  Mail& operator=(const Mail&) = delete;
  /// On the reactor's thread. It is in no list any more, and may die. Must not throw.
  virtual void opened() noexcept = 0;

  MailLink& link() { return *this; }
  static Mail& of(MailLink& link) { return static_cast<Mail&>(link); }

 protected:
  ~Mail() = default;
};

/// Mails in the order they are to be opened. One thread.
class MailList {
 public:
  bool empty() const { return first_ == nullptr; }
  void push(Mail& mail) { push(mail.link()); }
  void push(MailLink& mail) {
    mail.next_mail = nullptr;
    *last_ = &mail;
    last_ = &mail.next_mail;
  }
  /// Null when empty.
  Mail* pop() {
    MailLink* mail = first_;
    if (mail == nullptr) return nullptr;
    first_ = mail->next_mail;
    if (first_ == nullptr) last_ = &first_;
    return &Mail::of(*mail);
  }

  MailList() = default;
  MailList(const MailList&) = delete;
  MailList& operator=(const MailList&) = delete;

 private:
  MailLink* first_ = nullptr;
  MailLink** last_ = &first_;
};

/// Any thread puts in, one takes out. What one thread puts in comes out in that order.
class Mailbox {
 public:
  void put(Mail& mail) noexcept {
    MailLink& link = mail.link();
    link.next_mail = newest_.load(std::memory_order_relaxed);
    while (!newest_.compare_exchange_weak(link.next_mail, &link, std::memory_order_seq_cst, std::memory_order_relaxed)) {
    }
  }
  bool empty() const noexcept { return newest_.load(std::memory_order_seq_cst) == nullptr; }
  /// Moves all there is to the end of the list.
  void take_all(MailList& list) noexcept {
    MailLink* mail = newest_.load(std::memory_order_relaxed) == nullptr ? nullptr : newest_.exchange(nullptr, std::memory_order_acquire);
    MailLink* oldest = nullptr;
    while (mail != nullptr) {  // it stands there backwards
      MailLink* const older = mail->next_mail;
      mail->next_mail = oldest;
      oldest = mail;
      mail = older;
    }
    while (oldest != nullptr) {
      MailLink& next = *oldest;
      oldest = next.next_mail;
      list.push(next);
    }
  }

 private:
  alignas(64) std::atomic<MailLink*> newest_{nullptr};
};

}  // namespace rediscluster::drive
