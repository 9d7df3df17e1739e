"""A Slurm of its own on hosts of their own (hosts.py), for as long as a test lasts.

One slurmctld on the first host, a slurmd on each, MUNGE with a key made for it; no accounting, no
systemd, nothing of an installed Slurm's is read or written. Its timers are short, so that jobs begin,
end and come back within seconds.

    with Network() as network:
        site = Site(network, ["node1", "node2"])
        site.sbatch("hostname", "--wait")
"""
import os
import re

from hosts import HostError, wait_until

PROGRAMS = ("munged", "slurmctld", "slurmd", "sinfo", "sbatch", "srun", "scontrol", "scancel")
CPUS = 2  # each host claims; what the machine has does not matter

# KillWait: what a job has between SIGTERM and SIGKILL. SlurmdTimeout: when a silent host is taken
# for dead, and its jobs are put into the queue again.
CONFIGURATION = """ClusterName=pixscale
SlurmctldHost={first}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin={task}
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,bf_interval=1,sched_interval=1
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
JobRequeue=1
KillWait=5
MinJobAge=3600
SlurmctldTimeout=10
SlurmdTimeout=10
ReturnToService=2
NodeName={nodes} CPUs={cpus} RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Site:
    """A running Slurm; ended with its network."""

    def __init__(self, network, names, task="task/none"):
        self.network, self.names = network, names
        self.folder = os.path.join(network.folder, "slurm")
        os.mkdir(self.folder)
        for name in ("state", *(f"spool-{name}" for name in names)):
            os.mkdir(os.path.join(self.folder, name))
        self.configuration = self.write("slurm.conf", CONFIGURATION.format(
            first=names[0], folder=self.folder, task=task, nodes=",".join(names), cpus=CPUS))
        key = self.write("munge.key", os.urandom(64).hex())
        os.chmod(key, 0o400)
        self.hosts = [network.host(name) for name in names]
        self.controller = self.hosts[0]
        for host in self.hosts:
            host.variables["SLURM_CONF"] = self.configuration
            self.start_munged(host, key)
        self.controller.check("slurmctld", "-f", self.configuration)
        for host in self.hosts:
            host.check("slurmd", "-f", self.configuration, "-N", host.name)
        self.wait_for_hosts("idle")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def start_munged(self, host, key):
        """Its socket is where Slurm looks for one, in the host's own /run."""
        host.check("mkdir", "-m", "755", "/run/munge")
        host.check("munged", "--key-file", key, "--pid-file", "/run/munge/munged.pid",
                   "--seed-file", "/run/munge/seed", "--log-file", "/run/munge/munged.log")

    def wait_for_hosts(self, state, hosts=None):
        """Until these, or all, are in this state by sinfo; else tells what the daemons said."""
        wanted = {host.name for host in hosts or self.hosts}

        def there():
            result = self.controller.run("sinfo", "-h", "-N", "-o", "%N %t")
            states = dict(line.split() for line in result.stdout.splitlines())
            return all(states.get(name, "").startswith(state) for name in wanted)
        try:
            wait_until(there, 60, f"hosts {state}")
        except HostError as error:
            raise HostError(f"{error}\n{self.logs()}") from None

    def logs(self):
        """The last lines of each daemon's log."""
        text = ""
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".log"):
                with open(os.path.join(self.folder, name), errors="replace") as stream:
                    text += f"--- {name}\n" + "".join(stream.readlines()[-15:])
        return text

    def sbatch(self, script, *options, cwd="/", **how):
        """Submits a script's text; the job's number."""
        if not script.startswith("#!"):
            script = "#!/bin/bash\n" + script
        said = self.controller.check("sbatch", "--parsable", *options, stdin=script, cwd=cwd, **how)
        return said.strip()

    def job(self, job):
        """What Slurm knows of a job, or of one task of an array ("12_3"): a dict."""
        said = self.controller.check("scontrol", "show", "job", "-o", job)
        return dict(re.findall(r"(\S+?)=(\S*)", said.splitlines()[0]))

    def states(self, job):
        """The states of a job, or of all tasks of an array."""
        said = self.controller.check("scontrol", "show", "job", "-o", job)
        return re.findall(r"\bJobState=(\S+)", said)

    def wait_for_job(self, job, *states, seconds=120):
        """Until a job, or all tasks of an array, are in one of these states; gives them."""
        def done():
            now = self.states(job)
            return now if all(state in states for state in now) else None
        try:
            return wait_until(done, seconds, f"job {job} in " + ", ".join(states))
        except HostError as error:
            said = self.controller.run("scontrol", "show", "job", job).stdout
            raise HostError(f"{error}\n{said}\n{self.logs()}") from None
