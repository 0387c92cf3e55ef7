"""MONITOR."""


def test_tells_what_servers_run(rc, cluster):
    with rc.monitor() as monitor:
        rc.set("foo", 'a "b"')
        command = next(each for each in monitor.listen() if each["command"].startswith("SET"))
    assert command["command"] == 'SET foo a "b"' and command["client_type"] == "tcp" and command["db"] == 0
    owner = cluster.nodes[cluster.do("primary", rc.cluster_keyslot("foo"))]
    assert command["node"] == f"127.0.0.1:{owner['port']}" and command["time"] > 1_700_000_000


def test_of_one_node(rc, cluster):
    node = f"127.0.0.1:{cluster.port}"
    with rc.monitor(node) as monitor:
        rc.execute_command("ECHO", "here", target_nodes=node)
        assert next(each for each in monitor.listen() if "ECHO" in each["command"])["node"] == node
