/* A file as blocks of whole records: reads, splits, and carries what is left over to the next block.
 *
 * Several threads read one file, and none waits for another's parsing. Where records end can only be told from the
 * start (a line end may stand within quotes), so that is done under the file's lock, and as little else as can be:
 *
 *   under the lock     the next bytes are read, the record ends found, and the block with its first line's number and
 *                      offset becomes the thread's; the half record at its end is carried to the next block
 *   without a lock     the thread parses its block, batch by batch, into columns; what is malformed says where by the
 *                      block's place
 *
 * A thread begins a file that nobody has begun, and takes blocks of it until it has no more; where none is left it
 * helps with one that others read. A batch never spans two blocks. A failure of one thread is its own: the engine stops
 * the others. What is counted, is counted where blocks are split (rows.read), apart from the stages. */
#include "reader/json_expand.h"
#include "reader/reader_internal.h"
#include "reader/scan.h"

#include <stdlib.h>

enum { READ_MIN = 16 }; /* bytes worth asking the input for */

void block_add_record(struct block *block, size_t start, size_t end, size_t line)
{
  if (block->n_records == block->records_capacity) {
    block->records_capacity = block->records_capacity == 0 ? 1024 : size_multiply(block->records_capacity, 2);
    block->records = checked_realloc(block->records, size_multiply(block->records_capacity, sizeof(*block->records)));
  }
  block->records[block->n_records++] =
      (struct record){ .start = (uint32_t)start, .end = (uint32_t)end, .line = (uint32_t)line };
}

void block_done(struct block *block)
{
  free(block->data);
  free(block->records);
  json_places_done(&block->tokens);
  arena_done(&block->arena);
  *block = (struct block){ 0 };
}

size_t count_line_ends(const char *data, size_t from, size_t to)
{
  size_t count = 0;
  for (size_t at = scan_find(data, from, to, '\n', '\r', '\n'); at < to; count++)
    at = scan_find(data, after_line_end(data, at, to), to, '\n', '\r', '\n');
  return count;
}

bool source_start(struct reader *reader, struct reader_file *file, struct error *err)
{
  TRY(input_open(file->path, &reader->options.remote, reader->options.kept ? ENCODING_UTF8 : reader->encoding,
                 file->identity.inode == 0 ? NULL : &file->identity, &file->input, err));
  if (reader->options.first_offset > 0)
    input_is_inside(file->input);
  file->identity = input_identity(file->input);
  file->is_at_end = file->is_finished = false;
  file->carry_start = file->carry_length = 0;
  file->position = 0;
  file->line = reader->options.first_line;
  file->offset = reader->options.first_offset;
  file->memo = (struct csv_memo){ 0 };
  file->json_memo = (struct json_memo){ 0 };
  file->array_place = ARRAY_OUTSIDE;
  file->line_start = 0;
  return true;
}

void source_stop(struct reader_file *file)
{
  input_close(&file->input);
  input_close(&file->ahead.input);
  free(file->ahead.data);
  file->ahead = (struct ahead){ 0 };
  free(file->json_memo.open);
  file->json_memo = (struct json_memo){ 0 };
  free(file->carry);
  file->carry = NULL;
  file->carry_start = file->carry_length = file->carry_capacity = 0;
}

void block_make_room(struct block *block, size_t block_size, size_t wanted)
{
  if (block->capacity > 8 * size_add(block_size, SCAN_WIDTH) && wanted <= block_size) {
    free(block->data);
    block->data = NULL;
    block->capacity = 0;
  }
  size_t capacity = size_add(wanted, SCAN_WIDTH);
  if (block->capacity >= capacity)
    return;
  size_t old = block->capacity;
  block->data = checked_realloc(block->data, capacity);
  memset(block->data + old, 0, capacity - old);
  block->capacity = capacity;
}

/* Fills the block up to `wanted` bytes, from the carry first. */
static bool fill_block(struct reader_file *file, struct block *block, size_t wanted, struct error *err)
{
  size_t from_carry = wanted - block->length < file->carry_length ? wanted - block->length : file->carry_length;
  if (block->data != NULL && from_carry > 0)
    memcpy(block->data + block->length, file->carry + file->carry_start, from_carry);
  block->length += from_carry;
  file->carry_start += from_carry;
  file->carry_length -= from_carry;
  if (wanted - block->length < READ_MIN || file->is_at_end)
    return true;
  bool is_first = file->position == 0 && block->length == 0;
  size_t count = 0;
  TRY(input_read(file->input, block->data + block->length, wanted - block->length, &count, err));
  file->is_at_end = count + ENCODING_LARGEST <= wanted - block->length;
  block->length += count;
  atomic_store(&file->taken, input_taken(file->input));
  if (is_first) {
    file->encoding = input_encoding(file->input);
    file->offset += input_origin(file->input);
  }
  return true;
}

/* Keeps what was not split off. Where the carry was not used up, the rest came from it and still lies before its start.
 */
static void keep_rest(struct reader_file *file, const struct block *block, size_t consumed)
{
  size_t rest = block->length - consumed;
  if (file->carry_length > 0) {
    file->carry_start -= rest;
    file->carry_length += rest;
    return;
  }
  if (rest > file->carry_capacity) {
    free(file->carry);
    file->carry = checked_malloc(rest);
    file->carry_capacity = rest;
  }
  if (rest > 0)
    memcpy(file->carry, block->data + consumed, rest);
  file->carry_start = 0;
  file->carry_length = rest;
}

/* Full batches are cheaper than full blocks: records past the last full batch wait for the next block. Not where a
 * file's state would have to go back too. */
static void cut_to_batches(const struct reader *reader, const struct reader_file *file, struct block *block,
                           struct split *split)
{
  bool has_state = reader->options.kept ||
                   (reader->options.format == READER_JSON && (file->layout != LAYOUT_LINES || file->looks_for_layout));
  size_t over = block->n_records % READER_BATCH;
  if (block->n_records <= READER_BATCH || over == 0 || split->at_end || has_state)
    return;
  block->n_records -= over;
  struct record first_left = block->records[block->n_records];
  split->consumed = first_left.start;
  split->lines = first_left.line;
}

static bool split_block(struct reader *reader, struct reader_file *file, struct block *block, struct split *split,
                        struct error *err)
{
  if (reader->options.kept) {
    kept_split(file, block, split);
    return true;
  }
  return reader->options.format == READER_CSV ? csv_split(reader, file, block, split, err)
                                              : json_split(reader, file, block, split, err);
}

/* Where only some records are wanted: moves over what lies before the next of them, which is known to begin there.
 * Places in a file that is decompressed or decoded are none in its bytes, and of JSON whose records go over lines more
 * would have to be known: such a file is split as a whole. */
static void skip_unwanted(const struct reader *reader, struct reader_file *file)
{
  bool has_state =
      reader->options.format == READER_JSON && (file->layout != LAYOUT_LINES || reader->options.records != NULL);
  while (file->next_selected < file->n_selected && file->selected[file->next_selected] < file->offset)
    file->next_selected++; /* no record begins there any more */
  if (file->next_selected == file->n_selected || has_state || file->encoding != ENCODING_UTF8 || file->position == 0)
    return;
  uint64_t distance = file->selected[file->next_selected] - file->offset;
  uint64_t from_carry = distance < file->carry_length ? distance : file->carry_length;
  uint64_t rest = distance - from_carry;
  if (rest > 0 && (rest < BLOCK_SIZE || file->is_at_end || input_jump(file->input, rest) != rest))
    return;
  file->skips_header = file->skips_header && distance == 0;
  file->carry_start += (size_t)from_carry;
  file->carry_length -= (size_t)from_carry;
  file->position += distance;
  file->offset += distance;
}

/* Keeps the wanted records of a block. */
static void keep_wanted(struct reader_file *file, struct block *block)
{
  uint64_t offset = block->offset;
  size_t at = 0, n_kept = 0;
  for (size_t i = 0; i < block->n_records && file->next_selected < file->n_selected; i++) {
    struct record record = block->records[i];
    offset += encoding_length(block->encoding, block->data + at, record.start - at);
    at = record.start;
    if (offset != file->selected[file->next_selected])
      continue;
    block->records[n_kept++] = record;
    file->next_selected++;
  }
  block->n_records = n_kept;
}

bool source_take(struct reader *reader, struct reader_file *file, struct block *block, bool *ret_more,
                 struct error *err)
{
  block->length = block->n_records = block->n_around = block->around_capacity = 0;
  arena_done(&block->arena);
  block->file = (size_t)(file - reader->files);
  *ret_more = !reader->is_selective || file->next_selected < file->n_selected;
  if (!*ret_more)
    return true;
  if (reader->is_selective)
    skip_unwanted(reader, file);
  struct split split = { 0 };
  uint64_t wanted = file->block_size;
  for (;;) {
    block_make_room(block, file->block_size, (size_t)wanted);
    TRY(fill_block(file, block, (size_t)wanted, err));
    block->encoding = file->encoding;
    block->line = file->line + 1;
    block->offset = file->offset;
    split = (struct split){ .at_end = file->is_at_end && file->carry_length == 0 };
    TRY(split_block(reader, file, block, &split, err));
    if (split.consumed > 0 || split.at_end)
      break;
    wanted = split.needed > block->length ? split.needed + SCAN_WIDTH : 2 * (uint64_t)block->length + SCAN_WIDTH;
    if (block->length > RECORD_SIZE_MAX || split.needed > (uint64_t)RECORD_SIZE_MAX + SCAN_WIDTH)
      return fail(err, ERROR_DATA, NOWHERE, "record at line %llu of file \"%s\" is longer than 1 GiB",
                  (unsigned long long)block->line, file->path);
  }
  cut_to_batches(reader, file, block, &split);
  keep_rest(file, block, split.consumed);
  file->position += split.consumed;
  file->line += split.lines;
  file->offset += encoding_length(file->encoding, block->data, split.consumed);
  block->length = split.consumed;
  if (reader->options.records != NULL)
    json_expand(reader, block);
  if (reader->is_selective)
    keep_wanted(file, block);
  else
    atomic_fetch_add(&file->n_records, block->n_records);
  *ret_more = !(split.at_end && file->carry_length == 0);
  return true;
}

/* Moves over to position `from`, which lies behind what is at hand. */
static bool jump_ahead(struct ahead *ahead, uint64_t from, struct error *err)
{
  while (from > ahead->position + ahead->length && !ahead->is_at_end) {
    uint64_t gap = from - ahead->position - ahead->length;
    ahead->position += ahead->length + input_jump(ahead->input, gap);
    ahead->length = 0;
    TRY(input_read(ahead->input, ahead->data, BLOCK_SIZE, &ahead->length, err));
    ahead->is_at_end = ahead->length + ENCODING_LARGEST <= BLOCK_SIZE;
  }
  return true;
}

bool source_look_ahead(struct reader *reader, struct reader_file *file, uint64_t from, struct error *err)
{
  struct ahead *ahead = &file->ahead;
  if (ahead->input == NULL) {
    TRY(input_open(file->path, &reader->options.remote, reader->encoding, &file->identity, &ahead->input, err));
    ahead->data = checked_malloc(BLOCK_SIZE + SCAN_WIDTH);
    memset(ahead->data, 0, BLOCK_SIZE + SCAN_WIDTH);
  }
  TRY(jump_ahead(ahead, from, err));
  size_t passed = from - ahead->position < ahead->length ? (size_t)(from - ahead->position) : ahead->length;
  ahead->start = passed;
  if (ahead->length - passed >= SCAN_WIDTH || ahead->is_at_end)
    return true;
  size_t left = ahead->length - passed, count = 0;
  memmove(ahead->data, ahead->data + passed, left);
  TRY(input_read(ahead->input, ahead->data + left, BLOCK_SIZE - left, &count, err));
  ahead->is_at_end = count + ENCODING_LARGEST <= BLOCK_SIZE - left;
  ahead->position += passed;
  ahead->length = left + count;
  ahead->start = 0;
  return true;
}
