"""The methods of redis-py-cluster that redis-py has not, or has with another meaning."""
from typing import Any

from rediscluster import _core
from rediscluster._compat import list_or_args, str_if_bytes
from rediscluster.exceptions import RedisError

_SLOT_STATES = ("IMPORTING", "MIGRATING", "NODE")


def _number(text):
    try:
        return int(text)
    except ValueError:
        return text


def parse_cluster_info(response, **options):
    """CLUSTER INFO: a dict, numbers as int."""
    lines = str_if_bytes(response).splitlines()
    return {name: _number(value) for name, _, value in (line.partition(":") for line in lines) if name}


def _parse_slot(word, node, slots, migrations):
    if word.startswith("["):
        slot, direction, other = word[1:-1].partition("->-") if "->-" in word else word[1:-1].partition("-<-")
        migrations.append({"slot": int(slot), "node_id": other, "state": "migrating" if direction == "->-" else "importing"})
        return
    first, _, last = word.partition("-")
    slots.extend(range(int(first), int(last or first) + 1))


def parse_cluster_node(line):
    """One line of CLUSTER NODES."""
    node_id, address, flags, primary, ping, pong, epoch, link, *words = line.split(" ")
    address, _, hostname = address.partition(",")
    address, _, bus_port = address.partition("@")
    host, _, port = address.rpartition(":")
    flags = tuple(flags.split(","))
    slots, migrations = [], []
    for word in words:
        _parse_slot(word, node_id, slots, migrations)
    return {
        "id": node_id, "host": host, "port": int(port), "hostname": hostname.split(",")[0] or None,
        "cluster-bus-port": int(bus_port) if bus_port else int(port) + 10000, "flags": flags,
        "role": "slave" if "slave" in flags else "master", "master": primary if primary != "-" else None,
        "ping-sent": int(ping), "pong-recv": int(pong), "config-epoch": int(epoch), "link-state": link,
        "slots": slots, "migrations": migrations,
    }


def parse_cluster_nodes(response, **options):
    """CLUSTER NODES: a dict by node id."""
    nodes = [parse_cluster_node(line) for line in str_if_bytes(response).splitlines() if line]
    return {node["id"]: node for node in nodes}


def parse_cluster_replicas(response, **options):
    """CLUSTER REPLICAS, SLAVES: a list of dicts."""
    lines = response if isinstance(response, list) else str_if_bytes(response).splitlines()
    return [parse_cluster_node(str_if_bytes(line)) for line in lines if line]


class SlotsMapping(list):
    """``[[start, end, [host, port, id], replica...], ...]``."""

    def as_dict(self):
        """As redis-py-cluster's code gave it: ``{(start, end): {"master": (host, port), "slaves": [(host, port), ...]}}``."""
        return {(entry[0], entry[1]): {"master": tuple(entry[2][:2]), "slaves": [tuple(each[:2]) for each in entry[3:]]} for entry in self}


def parse_cluster_slots(response, **options):
    """CLUSTER SLOTS, with hosts and ids as str."""
    def node(told):
        return [str_if_bytes(told[0]) if told[0] is not None else "", told[1], *(str_if_bytes(each) for each in told[2:3])]

    return SlotsMapping([entry[0], entry[1], *(node(each) for each in entry[2:])] for entry in response)


class ClusterCommands:
    """Added to redis-py's methods, in front of them."""

    _text: dict
    execute_command: Any
    response_callbacks: Any

    def _add_callbacks(self):
        callbacks = {
            "CLUSTER INFO": parse_cluster_info, "CLUSTER NODES": parse_cluster_nodes, "CLUSTER SLOTS": parse_cluster_slots,
            "CLUSTER SLAVES": parse_cluster_replicas, "CLUSTER REPLICAS": parse_cluster_replicas,
            "CLUSTER GETKEYSINSLOT": lambda keys, **options: [str_if_bytes(key) for key in keys],
        }
        for name, callback in callbacks.items():
            self.response_callbacks[name] = callback

    # --- About the cluster ---

    def cluster_info(self, target_nodes: Any = None) -> Any:
        """What one node says of the cluster: ``cluster_state``, ``cluster_size``, ...; with target_nodes="all" of each."""
        return self.execute_command("CLUSTER INFO", target_nodes=target_nodes)

    def cluster_nodes(self, target_nodes: Any = None) -> Any:
        """All nodes by id: host, port, role ("master", "slave"), slots (each number), flags, master, link-state, migrations, ..."""
        return self.execute_command("CLUSTER NODES", target_nodes=target_nodes)

    def cluster_slots(self, target_nodes: Any = None) -> Any:
        """``[[start, end, [host, port, id], replica...], ...]``; ``.as_dict()`` as redis-py-cluster gave it."""
        return self.execute_command("CLUSTER SLOTS", target_nodes=target_nodes)

    def cluster_keyslot(self, name: Any) -> int:
        """The slot of a key, 0 to 16383. Sends nothing."""
        return _core.key_slot((name,), self._text)

    def cluster_countkeysinslot(self, slot_id):
        """How many keys the primary of the slot has in it."""
        return self.execute_command("CLUSTER COUNTKEYSINSLOT", slot_id)

    def cluster_get_keys_in_slot(self, slot, num_keys):
        """Up to so many keys of a slot, as str."""
        return self.execute_command("CLUSTER GETKEYSINSLOT", slot, num_keys)

    def cluster_count_failure_report(self, node_id):
        """How many nodes have told that this one fails, by what the primary that has heard of most has heard."""
        return self._most_of(self.execute_command("CLUSTER COUNT-FAILURE-REPORTS", node_id, target_nodes="primaries"))

    @staticmethod
    def _most_of(told):
        counts = [count for count in told.values() if not isinstance(count, Exception)]
        if not counts:
            raise next(iter(told.values()))
        return max(counts)

    cluster_count_failure_reports = cluster_count_failure_report

    def cluster_slaves(self, target_node_id):
        """The replicas of a primary, as dicts."""
        return self.execute_command("CLUSTER REPLICAS", target_node_id)

    cluster_replicas = cluster_slaves

    # --- Changing it: each goes to exactly the node named ---

    def _at_node(self, node_id, *words):
        return self.execute_command(*words, target_nodes=node_id)

    def cluster_addslots(self, node_id, *slots):
        """Gives slots to a node."""
        return self._at_node(node_id, "CLUSTER ADDSLOTS", *slots)

    def cluster_delslots(self, *slots):
        """Takes slots from the nodes that serve them. True: all said OK."""
        owners = self._owners_of(slots, self.cluster_nodes())
        return bool(owners) and all(self._at_node(node_id, "CLUSTER DELSLOTS", *mine) for node_id, mine in owners.items())

    @staticmethod
    def _owners_of(slots, nodes):
        owners = {}
        for node in nodes.values():
            owned = set(node["slots"])
            for slot in slots:
                if int(slot) in owned:
                    owners.setdefault(node["id"], []).append(slot)
        return owners

    def cluster_meet(self, node_id, host, port):
        """Has a node of the cluster meet another one."""
        return self._at_node(node_id, "CLUSTER MEET", host, port)

    def cluster_replicate(self, target_node_id, node_id=None):
        """Makes a replica of the primary `target_node_id` of the node `node_id`."""
        if node_id is None:
            raise RedisError("cluster_replicate() wants node_id, too: the node that becomes a replica")
        return self._at_node(node_id, "CLUSTER REPLICATE", target_node_id)

    def cluster_failover(self, node_id, option=None):
        """Has a replica take over. `option`: "FORCE" or "TAKEOVER"."""
        if option is None:
            return self._at_node(node_id, "CLUSTER FAILOVER")
        if option.upper() not in ("FORCE", "TAKEOVER"):
            raise RedisError(f"Invalid option for CLUSTER FAILOVER command: {option}")
        return self._at_node(node_id, "CLUSTER FAILOVER", option.upper())

    def cluster_reset(self, node_id, soft=True):
        """Has a node forget the cluster; without `soft` its id, too."""
        return self._at_node(node_id, "CLUSTER RESET", "SOFT" if soft else "HARD")

    def cluster_reset_all_nodes(self, soft=True):
        """The same of all nodes. True: all said OK."""
        return all(self.cluster_reset(node_id, soft) for node_id in list(self.cluster_nodes()))

    def cluster_save_config(self):
        """Has all nodes write nodes.conf. True: all said OK."""
        return all(reply is True for reply in self.execute_command("CLUSTER SAVECONFIG", target_nodes="all").values())

    def cluster_set_config_epoch(self, node_id, epoch):
        """Sets the epoch of a node that has none yet."""
        return self._at_node(node_id, "CLUSTER SET-CONFIG-EPOCH", epoch)

    def cluster_setslot(self, node_id, slot_id, state, bind_to_node_id=None):
        """Tells the node `node_id` that a slot is IMPORTING (from), MIGRATING (to) or served by (NODE) the node `bind_to_node_id`, or STABLE."""
        if state.upper() == "STABLE":
            return self._at_node(node_id, "CLUSTER SETSLOT", slot_id, "STABLE")
        if state.upper() not in _SLOT_STATES or bind_to_node_id is None:
            raise RedisError(f"Invalid slot state: {state}")
        return self._at_node(node_id, "CLUSTER SETSLOT", slot_id, state.upper(), bind_to_node_id)

    # --- Keys of several slots ---

    def mset(self, *args, **kwargs):
        """Sets keys of any slots: a dict, keyword arguments, or key, value, key, value. Not atomic over several slots."""
        return self.execute_command("MSET", *self._pairs("MSET", args, kwargs))

    def msetnx(self, *args, **kwargs):
        """Sets keys if none of them is there. False: one was. Not atomic over several slots."""
        return self.execute_command("MSETNX", *self._pairs("MSETNX", args, kwargs))

    mset_nonatomic = mset

    def mget_nonatomic(self, keys, *args):
        """As mget(): keys may lie in any slots."""
        return self.mget(keys, *args)

    @staticmethod
    def _pairs(name, args, kwargs):
        if len(args) == 1 and isinstance(args[0], dict):
            kwargs = {**args[0], **kwargs}
        elif args and (len(args) == 1 or len(args) % 2 == 1):
            raise RedisError(f"{name} requires **kwargs or a single dict arg")
        else:
            kwargs = {**dict(zip(args[::2], args[1::2])), **kwargs}
        return [word for pair in kwargs.items() for word in pair]

    def rename(self, src, dst, replace=False):
        """Renames a key, also to another slot, which is not atomic. As RENAME it replaces `dst`, whatever `replace` says."""
        return self.execute_command("RENAME", src, dst)

    # --- Subscriptions of others ---

    def pubsub_channels(self, pattern="*", aggregate=True):
        """Channels that somebody is subscribed to. `aggregate=False`: by node."""
        return self.execute_command("PUBSUB CHANNELS", pattern, target_nodes=None if aggregate else "all")

    def pubsub_numpat(self, aggregate=True):
        """How many patterns are subscribed to."""
        return self.execute_command("PUBSUB NUMPAT", target_nodes=None if aggregate else "all")

    def pubsub_numsub(self, *args, aggregate=True):
        """[(channel, subscribers), ...]."""
        return self.execute_command("PUBSUB NUMSUB", *list_or_args(args[0], args[1:]) if args else (), target_nodes=None if aggregate else "all")
