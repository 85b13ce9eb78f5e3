/** The worker: what reads, casts and checks one text file on an executor of Spark. */
#ifndef CRISOL_WORKER_WORKER_H
#define CRISOL_WORKER_WORKER_H

/** Serves the host at the other end of the two descriptors until its file is read (worker/protocol.h). Returns the exit
 * code of the program: 0 where the end was told, otherwise that of the error, which was told too where there was
 * anybody to tell it to. */
int worker_run(int input, int output);

#endif
