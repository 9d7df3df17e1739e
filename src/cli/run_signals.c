#include "cli/run_signals.h"

#include <signal.h>
#include <stddef.h>

atomic_int run_signals_stop;

static void on_signal(int number)
{
    atomic_store(&run_signals_stop, number);
}

/* The first signal lets the items in hand finish; the second finds the default action and kills. */
void run_signals_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* as under nohup */
        sigaction(SIGHUP, &action, NULL);
}

void run_signals_ignore(void)
{
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then an error of write, with a name */
    signal(SIGPIPE, SIG_IGN); /* nobody reads the progress: no reason to lose the array */
}
