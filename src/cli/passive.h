/*
 * passive: threads that sleep while they wait for each other.
 *
 * A thread that waits for its team may spin for some milliseconds first. That is quick for work
 * that computes; in the bakery, where more threads sleep than there are cores, the spinning ones
 * take the cores from those that ought to wake up (1 to 12 ms a run). The runtime reads
 * OMP_WAIT_POLICY before main begins, so it has to be there when the process starts.
 * Knows: profile/machine.h.
 */
#ifndef PIXSCALE_CLI_PASSIVE_H
#define PIXSCALE_CLI_PASSIVE_H

/* Keeps the command line of the process, for passive_ensure; the words are not copied. To be called
 * by main. */
void passive_remember(char **argv);

/* Unless OMP_WAIT_POLICY is set already, sets it to "passive" and starts the program anew with the
 * same words, in this process, so that the runtime knows; does not return then. Where that cannot
 * be done, everything stays as it was. To be called before anything is opened or started. */
void passive_ensure(void);

#endif
