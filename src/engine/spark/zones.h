/** The time zones of this machine, packed for executors that may have none. */
#ifndef CRISOL_ENGINE_SPARK_ZONES_H
#define CRISOL_ENGINE_SPARK_ZONES_H

#include "base/text.h"

/** Adds base64 of zstd of all zones, each u8 length, name, u32 size, TZif. */
void spark_zones_print(struct text_buffer *out);

#endif
