/*
 * runtime_exit: a runtime that gives up.
 *
 * libgomp, when it cannot start a thread, calls exit(1), which would mean "finished, some inputs
 * failed" here. Between arm and disarm that becomes a line that says what to do, and the status of
 * a failure.
 * Knows: cli/commands.h.
 */
#ifndef PIXSCALE_CLI_RUNTIME_EXIT_H
#define PIXSCALE_CLI_RUNTIME_EXIT_H

/* `advice` ends the line, such as "use fewer toasters"; it is not copied. */
void runtime_exit_arm(const char *advice);
void runtime_exit_disarm(void);

#endif
