/*
 * stop: signals that end a command which runs others, in order: the run in hand is ended, scratch
 * folders are removed, and the exit status tells the signal.
 * Knows: the C library.
 */
#ifndef PIXSCALE_CLI_STOP_H
#define PIXSCALE_CLI_STOP_H

#include <stdatomic.h>

/* The signal that asked to stop, or 0: what spawn_job and the like take as `stop`. */
extern atomic_int stop_signal;

/* Catches SIGINT, SIGTERM and SIGHUP once, unless they are ignored (nohup): the second finds the
 * default action. SIGPIPE (nobody reads what is printed) stops, too, as often as it comes. */
void stop_catch(void);

#endif
