/** The time zones that come with the job: executors may have none, or others. */
#ifndef CRISOL_WORKER_ZONES_H
#define CRISOL_WORKER_ZONES_H

#include "base/text.h"

/** Takes the regions' files from now on from base64 of zstd of all of them, each u8 length, name, u32 size, TZif; no
 * bytes: there are no regions, only offsets. They live as long as `arena`. False where the text is none such. To be
 * called before any zone is sought. */
bool zones_take(struct arena *arena, struct text base64);
/** Goes back to the machine's own files; those that were given may go. */
void zones_forget(void);

#endif
