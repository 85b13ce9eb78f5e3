/** Memory by lifetime: what belongs together is allocated from one arena and goes at once.
 * An arena is used by one thread at a time. When memory runs out the program ends with a message (exit code 3): there
 * is nothing a run could do with half a plan. Under AddressSanitizer every block has its own malloc, so that overruns
 * and uses after a reset are seen. */
#ifndef CRISOL_BASE_ARENA_H
#define CRISOL_BASE_ARENA_H

#include "base/macros.h"

#include <stdarg.h>

struct arena_block;

/** A zeroed arena is empty and ready: struct arena arena = {0}; */
struct arena {
  struct arena_block *newest;
};

/** Returns `size` zeroed bytes, aligned for any type, that live until arena_done or arena_reset. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/** Returns `count` zeroed elements of `size` bytes; the product is checked for overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));

/** Copies `length` bytes and adds a final NUL. */
char *arena_copy(struct arena *arena, const char *data, size_t length) __attribute__((returns_nonnull));

/** The bytes that printf would need for these arguments, which stay as they are, with the final zero. */
size_t printf_size(const char *format, va_list arguments) PRINTF_LIKE(1, 0);
/** Formats as printf does, into the arena. */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((returns_nonnull)) PRINTF_LIKE(2, 3);

/** The same of arguments that stand in a list, which is used up. */
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) __attribute__((returns_nonnull))
PRINTF_LIKE(2, 0);

/** Grows an array kept in the arena: when `count` has reached `*capacity`, returns a copy of `array` with room for
 * twice as many elements, otherwise `array` itself. The old copy stays in the arena. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size)
    __attribute__((returns_nonnull));

/** Releases everything; the arena is empty and may be used again. Accepts a zeroed arena. */
void arena_done(struct arena *arena);

/** malloc and realloc that end the program with a message instead of returning NULL. The caller frees. */
void *checked_malloc(size_t size) __attribute__((returns_nonnull));
/** realloc in the same way: never NULL. The caller frees. */
void *checked_realloc(void *memory, size_t size) __attribute__((returns_nonnull));

/** Multiplies and adds sizes, ending the program when the result does not fit. */
size_t size_multiply(size_t a, size_t b);
/** Adds sizes in the same way. */
size_t size_add(size_t a, size_t b);

#endif
