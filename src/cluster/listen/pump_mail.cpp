#include "cluster/listen/pump_mail.hpp"

namespace rediscluster::cluster {

void PumpMail::listen_to(Cluster& cluster) {
  if (cluster_ != nullptr) return;
  cluster_ = &cluster;
  topology_listener_ = cluster.topology().add_listener([box = box_] {
    box->topology_changed.store(true, std::memory_order_release);
    box->poller.wake();
  });
  login_listener_ = cluster.login_listeners().add([box = box_](const std::shared_ptr<const Login>& login) {
    {
      std::lock_guard lock{box->mutex};
      box->login = login;
    }
    box->poller.wake();
  });
}

void PumpMail::stop_listening() {
  if (cluster_ == nullptr) return;
  cluster_->topology().remove_listener(topology_listener_);
  cluster_->login_listeners().remove(login_listener_);
  cluster_ = nullptr;
}

std::shared_ptr<const Login> PumpMail::take_login() {
  std::lock_guard lock{box_->mutex};
  return std::exchange(box_->login, nullptr);
}

}  // namespace rediscluster::cluster
