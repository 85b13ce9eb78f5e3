/* The program in the jar: a worker on its standard input and output. It opens nothing, and needs nothing of the machine
 * that it runs on. */
#include "worker/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

int main(void)
{
  enum { PIPE_SIZE = 1 << 20 };
  signal(SIGPIPE, SIG_IGN); /* a host that is gone is an error of write() */
#ifdef F_SETPIPE_SZ
  fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_SIZE); /* a batch does not have to wait for the host; smaller ones do, too */
#endif
  return worker_run(STDIN_FILENO, STDOUT_FILENO);
}
