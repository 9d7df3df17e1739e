"""Hosts of their own on one machine, for tests of what runs on many.

A host here is a set of namespaces: its own processes, network address, name and mounts; disks and
CPUs are the machine's. All hosts hang on one switch, whose address nobody outside can reach, so
that ports and names clash with nothing. Ending a host kills all that runs in it, daemons
and what they left behind included, as a power cut does; and a host ends when the test does,
whatever ended that.

    with Network() as network:
        one = network.host("one")
        one.run("hostname")

Needs root, and a kernel and a container that allow new namespaces: see `missing`.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid")
SUBNET = "10.77.0"

# Process 1 of a host: collects what others leave, and goes when the test at the other end of the
# pipe is gone. The kernel then kills all processes of the host.
INIT = """import os, signal, sys, threading
def collect():
    while True:
        try:
            os.wait()
        except ChildProcessError:
            signal.sigwait({signal.SIGCHLD})
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
threading.Thread(target=collect, daemon=True).start()
print("up", flush=True)
sys.stdin.read()
os._exit(0)
"""


class HostError(Exception):
    """A host cannot be set up, or a command failed; the text says what was said."""


def missing(*programs):
    """Why no hosts can be had here, or None. `programs` are what a test needs besides."""
    if os.geteuid() != 0:
        return "needs root"
    lacking = [name for name in ("unshare", "nsenter", "ip", *programs) if not find(name)]
    if lacking:
        return "not installed: " + ", ".join(lacking)
    try:
        with Network() as network:
            network.host("trial").check("true")
    except HostError as error:
        return f"no hosts of their own here: {error}"
    return None


def find(program):
    """Its path, sbin included, which is not on everybody's PATH."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def child_of(parent):
    """The process that has this one as its parent."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stream:
                if int(stream.read().rpartition(")")[2].split()[1]) == parent:
                    return int(name)
        except OSError:
            pass  # it has ended
    raise HostError("the first process of a host is gone")


def wait_until(condition, seconds, what):
    """The first true value that the condition gives."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise HostError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


class Host:
    """Its processes, its name, its address, a home for its user. Made by Network.host."""

    def __init__(self, name, address, home):
        self.name, self.address, self.home = name, address, home
        os.mkdir(home)
        self.variables = {}  # for every command on this host
        self.starter = subprocess.Popen(
            [find("unshare"), *NAMESPACES, "--fork", "--kill-child", "--mount-proc",
             "--propagation", "private", "--", sys.executable, "-ISc", INIT],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")
        if self.starter.stdout.readline() != b"up\n":
            raise HostError(self.starter.communicate()[1].decode().strip() or "unshare failed")
        self.pid = child_of(self.starter.pid)

    def command(self, *words, cwd="/"):
        """The words that run `words` on this host, for subprocess. The folder is the host's."""
        return [find("nsenter"), "--target", str(self.pid), *NAMESPACES, "--", "sh", "-c",
                'cd "$0" && exec "$@"', os.fspath(cwd), *map(os.fspath, words)]

    def environment(self, **changes):
        """A small one, as of a fresh login; None takes a variable out."""
        values = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                  "HOME": self.home, "USER": "root", "LANG": "C.UTF-8", **self.variables, **changes}
        return {name: value for name, value in values.items() if value is not None}

    def start(self, *words, cwd="/", env=None, **streams):
        """Starts a command and does not wait. Killing what this gives kills no more than the way
        in; the command goes on."""
        return subprocess.Popen(self.command(*words, cwd=cwd), env=self.environment(**(env or {})),
                                **{"stdin": subprocess.DEVNULL, **streams})

    def run(self, *words, cwd="/", env=None, stdin=None, timeout=120):
        """Runs a command to its end: subprocess's result with text."""
        return subprocess.run(
            self.command(*words, cwd=cwd), env=self.environment(**(env or {})), check=False,
            timeout=timeout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", **({"input": stdin} if stdin is not None else
                                 {"stdin": subprocess.DEVNULL}))

    def check(self, *words, **how):
        """What a command that must succeed printed."""
        result = self.run(*words, **how)
        if result.returncode != 0:
            raise HostError(f"{self.name}: {' '.join(map(str, words))}: status "
                            f"{result.returncode}\n{result.stdout}{result.stderr}".strip())
        return result.stdout

    def is_up(self):
        return self.starter.poll() is None

    def cut_power(self):
        """All of its processes die at once, and its network with them."""
        if self.is_up():
            os.kill(self.pid, 9)
        self.starter.wait()
        for stream in (self.starter.stdin, self.starter.stdout, self.starter.stderr):
            stream.close()


class Network:
    """A switch and the hosts that hang on it; a folder that all hosts see."""

    def __init__(self):
        self.hosts = []
        self.holder = tempfile.TemporaryDirectory(prefix="pixscale-hosts-")
        self.folder = self.holder.name
        try:
            self.switch = Host("switch", None, os.path.join(self.folder, "home-switch"))
            self.switch.check("ip", "link", "add", "switch", "type", "bridge")
            self.switch.check("ip", "link", "set", "switch", "up")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends all hosts. Twice is no harm."""
        for host in [*self.hosts, *filter(None, [getattr(self, "switch", None)])]:
            host.cut_power()
        self.holder.cleanup()

    def host(self, name):
        """A new one, which knows the others that are there by name."""
        number = len(self.hosts) + 1
        host = Host(name, f"{SUBNET}.{number}", os.path.join(self.folder, f"home-{name}"))
        self.hosts.append(host)
        self.plug_in(host, number)
        # What daemons leave there is each host's own; sshd and munged want their folders.
        host.check("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        host.check("hostname", name)
        self.name_hosts()
        names = os.path.join(self.folder, "names")
        host.check("mount", "--bind", names, "/etc/hosts")
        return host

    def plug_in(self, host, number):
        port = f"port{number}"
        self.switch.check("ip", "link", "add", port, "type", "veth", "peer", "name", "cable")
        # By the outer process: only it can see the host's number.
        subprocess.run([find("nsenter"), "--target", str(self.switch.pid), "--net", find("ip"),
                        "link", "set", "cable", "netns", str(host.pid)], check=True)
        self.switch.check("ip", "link", "set", port, "master", "switch", "up")
        host.check("ip", "link", "set", "cable", "name", "eth0")
        host.check("ip", "address", "add", host.address + "/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            host.check("ip", "link", "set", link, "up")

    def unplug(self, host):
        """Its cable: both ends see no carrier."""
        self.switch.check("ip", "link", "set", f"port{self.hosts.index(host) + 1}", "down")

    def name_hosts(self):
        """Written in place, as it is mounted already on those that are there."""
        with open(os.path.join(self.folder, "names"), "w", encoding="utf-8") as stream:
            stream.write("127.0.0.1 localhost\n")
            stream.writelines(f"{host.address} {host.name}\n" for host in self.hosts)
