/*
 * runtime_exit: a runtime that gives up.
 *
 * libgomp, when it cannot start a thread or has no memory, calls exit(1), which would mean
 * "finished, some inputs failed" here. Between begin and end, that is in all commands, it becomes a
 * line that says what to do, and the status of a failure.
 * Knows: cli/commands.h.
 */
#ifndef PIXSCALE_CLI_RUNTIME_EXIT_H
#define PIXSCALE_CLI_RUNTIME_EXIT_H

/* Of main. */
void runtime_exit_begin(void);
void runtime_exit_end(void);

/* Between the two the advice is another than "use fewer threads". `advice` ends the line, such as
 * "use fewer toasters"; it is not copied. */
void runtime_exit_arm(const char *advice);
void runtime_exit_disarm(void);

#endif
