"""ssh between hosts of their own (hosts.py): an sshd on each, keys made for it, and what mounts one
host's folder on another across the network. Nothing of the machine's own ssh is read or changed.
"""
import os

from hosts import HostError, find, wait_until

PROGRAMS = ("sshd", "ssh", "ssh-keygen", "sshfs")

# Locked passwords, as containers have them, are no hindrance with PAM.
SERVER = """Port 22
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile /run/sshd.pid
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
Subsystem sftp internal-sftp
"""
# A host whose power was cut says no more; ssh notices within some seconds.
CLIENT = """Host *
    User root
    IdentityFile {folder}/user_key
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    ConnectTimeout 10
    ServerAliveInterval 2
    ServerAliveCountMax 2
    LogLevel ERROR
"""


class SecureShell:
    """Servers on these hosts; `client` are the words of an ssh that reaches them."""

    def __init__(self, network, hosts):
        self.folder = os.path.join(network.folder, "ssh")
        os.mkdir(self.folder, 0o700)
        first = hosts[0]
        for key in ("host_key", "user_key"):
            first.check("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        os.path.join(self.folder, key))
        self.configuration = self.write("client", CLIENT)
        server = self.write("server", SERVER)
        with open(os.path.join(self.folder, "host_key.pub"), encoding="utf-8") as stream:
            public = " ".join(stream.read().split()[:2])
        names = ",".join(f"{host.name},{host.address}" for host in hosts)
        self.write("known_hosts", f"{names} {public}\n")
        self.client = ["ssh", "-F", self.configuration]
        for host in hosts:
            host.check("mkdir", "-p", "/run/sshd")
            host.check(find("sshd"), "-f", server)
            wait_until(lambda host=host: first.run(*self.client, host.name, "true").returncode == 0,
                       30, f"ssh to {host.name}")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text.format(folder=self.folder))
        return path

    def mount(self, host, server, folder, *options):
        """On `host`, the server's folder at the same path, across the network."""
        said = host.run("sshfs", "-F", self.configuration, *options, f"{server.name}:{folder}",
                        folder)
        if said.returncode != 0:
            raise HostError(f"sshfs: {said.stdout}{said.stderr}".strip())
