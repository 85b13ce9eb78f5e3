/* Expressions whose answer is settled by their own text: "status <> 'A' OR status <> 'B'", "amount > 10 AND amount <
 * 5", "x = NULL". For one column at a time the expression is evaluated at null, at each constant that the column is
 * compared with, and between and beyond them; what it cannot follow may be anything. */
#include "expr/expr_internal.h"
#include "expr/functions/functions.h"
#include "value/cast.h"

#include <math.h>

enum { CAN_BE_TRUE = 1, CAN_BE_FALSE = 2, CAN_BE_NULL = 4, CAN_BE_ANY = 7 };

/* What is looked at: each of an expression's subjects costs as many evaluations as twice the constants. */
enum { CONSTANTS_MAX = 200, NODES_MAX = 2000, SUBJECTS_MAX = 16 };

struct constant {
  bool is_text;
  long double number;
  struct text text;
};

/* A column as it is compared: as it is, or cast to a type. */
struct subject {
  size_t column;
  const struct type *type; /* of the column */
  bool is_text;
  bool is_cast; /* a text that is compared as a number: null may stand for what is no number */
};

/* Where the subject is: null, or position 2i + 1 at constant i, 2i between those before and at i. */
struct point {
  bool is_null;
  size_t position;
};

struct search {
  struct subject subject;
  struct constant constants[CONSTANTS_MAX]; /* sorted, different */
  size_t count;
  bool is_beyond; /* there are more constants than can be followed */
};

static long double power_of_ten(int exponent)
{
  return powl(10.0L, exponent);
}

/* A literal, and what coercion has made of it, as long as its value stays the same. */
static bool constant_of(const struct expr *expr, struct constant *ret_constant)
{
  while (expr->kind == EXPR_CAST && expr->node == NULL && type_is_numeric(expr->type) &&
         type_is_numeric(expr->args[0]->type))
    expr = expr->args[0];
  if (expr->kind != EXPR_LITERAL || expr->literal.is_null)
    return false;
  const struct literal *literal = &expr->literal;
  *ret_constant = (struct constant){ .is_text = literal->type->id == TYPE_STRING, .text = literal->text };
  if (ret_constant->is_text)
    return true;
  if (literal->type->id == TYPE_DECIMAL)
    ret_constant->number = (long double)literal->decimal / power_of_ten(literal->type->scale);
  else if (literal->type->id == TYPE_DOUBLE || literal->type->id == TYPE_FLOAT)
    ret_constant->number = literal->floating;
  else if (type_is_integral(literal->type) || literal->type->id == TYPE_DATE || literal->type->id == TYPE_TIMESTAMP)
    ret_constant->number = (long double)literal->integer;
  else
    return false;
  return true;
}

static bool subject_of(const struct expr *expr, struct subject *ret_subject)
{
  bool is_cast = false;
  while (expr->kind == EXPR_CAST && expr->node == NULL) {
    is_cast = is_cast || !type_is_numeric(expr->args[0]->type);
    if (is_cast && (!type_is_numeric(expr->type) || expr->args[0]->type->id != TYPE_STRING))
      return false;
    expr = expr->args[0];
  }
  if (expr->kind != EXPR_COLUMN)
    return false;
  enum type_id id = expr->type->id;
  *ret_subject = (struct subject){ expr->index, expr->type, id == TYPE_STRING && !is_cast, is_cast };
  return id == TYPE_STRING || type_is_numeric(expr->type) || id == TYPE_DATE || id == TYPE_TIMESTAMP;
}

static int compare(const struct constant *a, const struct constant *b)
{
  if (a->is_text)
    return text_compare(a->text, b->text);
  return a->number < b->number ? -1 : a->number > b->number;
}

static bool is_same_subject(const struct subject *a, const struct subject *b)
{
  return a->column == b->column && a->is_text == b->is_text && a->is_cast == b->is_cast;
}

static bool is_subject(const struct search *search, const struct expr *expr)
{
  struct subject subject;
  return subject_of(expr, &subject) && is_same_subject(&subject, &search->subject);
}

static bool is_named(const struct expr *expr, const char *name)
{
  return expr->kind == EXPR_CALL && strcmp(expr->function->name, name) == 0;
}

static bool is_null_literal(const struct expr *expr)
{
  while (expr->kind == EXPR_CAST)
    expr = expr->args[0];
  return expr->kind == EXPR_LITERAL && expr->literal.is_null;
}

/* A text that is compared with numbers and is none is null there. */
static bool is_no_number(const struct expr *expr)
{
  bool is_cast = false;
  double number;
  for (; expr->kind == EXPR_CAST; expr = expr->args[0])
    is_cast = is_cast || type_is_numeric(expr->type);
  return is_cast && expr->kind == EXPR_LITERAL && expr->literal.type->id == TYPE_STRING && !expr->literal.is_null &&
         !text_to_double(expr->literal.text, &number);
}

/* evaluation */

/* Where a constant stands among the search's; SIZE_MAX: it is none of them. */
static size_t position_of(const struct search *search, const struct expr *expr)
{
  struct constant constant;
  if (!constant_of(expr, &constant) || constant.is_text != search->subject.is_text)
    return SIZE_MAX;
  size_t low = 0, high = search->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = compare(&search->constants[middle], &constant);
    if (order == 0)
      return 2 * middle + 1;
    low = order < 0 ? middle + 1 : low;
    high = order < 0 ? high : middle;
  }
  return SIZE_MAX;
}

static unsigned known(bool value)
{
  return value ? CAN_BE_TRUE : CAN_BE_FALSE;
}

static unsigned compare_at(const struct search *search, const char *operator, const struct expr * left,
                           const struct expr *right, const struct point *point)
{
  bool is_null_safe = strcmp(operator, "<=>") == 0;
  if (!is_null_safe && (is_null_literal(left) || is_null_literal(right) || is_no_number(left) || is_no_number(right)))
    return CAN_BE_NULL;
  bool is_swapped = is_subject(search, right);
  if (is_swapped == is_subject(search, left))
    return CAN_BE_ANY; /* neither, or both */
  size_t position = position_of(search, is_swapped ? left : right);
  if (position == SIZE_MAX)
    return CAN_BE_ANY;
  if (point->is_null)
    return is_null_safe ? CAN_BE_FALSE : CAN_BE_NULL;
  int order = point->position < position ? -1 : point->position > position;
  order = is_swapped ? -order : order;
  if (is_null_safe || strcmp(operator, "=") == 0)
    return known(order == 0);
  if (strcmp(operator, "<>") == 0)
    return known(order != 0);
  bool allows_equal = operator[1] == '=';
  return known((order == 0 && allows_equal) || (operator[0] == '<' ? order < 0 : order> 0));
}

static unsigned both(unsigned a, unsigned b)
{
  unsigned result = (a | b) & CAN_BE_FALSE;
  result |= a & b & CAN_BE_TRUE;
  if (((a & CAN_BE_NULL) && (b & (CAN_BE_NULL | CAN_BE_TRUE))) || ((b & CAN_BE_NULL) && (a & CAN_BE_TRUE)))
    result |= CAN_BE_NULL;
  return result;
}

static unsigned negated(unsigned a)
{
  return (a & CAN_BE_NULL) | (a & CAN_BE_TRUE ? CAN_BE_FALSE : 0u) | (a & CAN_BE_FALSE ? CAN_BE_TRUE : 0u);
}

static unsigned either(unsigned a, unsigned b)
{
  return negated(both(negated(a), negated(b)));
}

static unsigned is_null_at(const struct search *search, const struct expr *argument, const struct point *point)
{
  if (argument->kind != EXPR_COLUMN || argument->index != search->subject.column)
    return CAN_BE_TRUE | CAN_BE_FALSE;
  if (!point->is_null)
    return CAN_BE_FALSE;
  return search->subject.is_cast ? CAN_BE_TRUE | CAN_BE_FALSE : CAN_BE_TRUE;
}

static bool is_comparison(const struct expr *call)
{
  return strchr("=<>", call->function->name[0]) != NULL && call->n_args == 2;
}

static unsigned evaluate(const struct search *search, const struct expr *expr, const struct point *point)
{
  if (expr->kind == EXPR_LITERAL && (expr->literal.is_null || expr->type->id == TYPE_BOOLEAN))
    return expr->literal.is_null ? CAN_BE_NULL : known(expr->literal.boolean);
  if (expr->kind != EXPR_CALL)
    return CAN_BE_ANY;
  const struct expr *const *args = expr->args;
  if (is_named(expr, "and"))
    return both(evaluate(search, args[0], point), evaluate(search, args[1], point));
  if (is_named(expr, "or"))
    return either(evaluate(search, args[0], point), evaluate(search, args[1], point));
  if (is_named(expr, "not"))
    return negated(evaluate(search, args[0], point));
  if (is_named(expr, "isnull"))
    return is_null_at(search, args[0], point);
  if (is_named(expr, "isnotnull"))
    return negated(is_null_at(search, args[0], point));
  if (is_named(expr, "between"))
    return both(compare_at(search, ">=", args[0], args[1], point), compare_at(search, "<=", args[2], args[3], point));
  if (is_comparison(expr))
    return compare_at(search, expr->function->name, args[0], args[1], point);
  if (!is_named(expr, "in"))
    return CAN_BE_ANY;
  unsigned result = CAN_BE_FALSE;
  for (size_t i = 1; i < expr->n_args; i++)
    result = either(result, compare_at(search, "=", args[0], args[i], point));
  return result;
}

/* what is to be evaluated */

static void add_constant(struct search *search, const struct expr *expr)
{
  struct constant constant;
  if (!constant_of(expr, &constant) || constant.is_text != search->subject.is_text)
    return;
  size_t at = 0;
  while (at < search->count && compare(&search->constants[at], &constant) < 0)
    at++;
  if (at < search->count && compare(&search->constants[at], &constant) == 0)
    return;
  if (search->count == CONSTANTS_MAX) {
    search->is_beyond = true;
    return;
  }
  memmove(&search->constants[at + 1], &search->constants[at], (search->count - at) * sizeof(*search->constants));
  search->constants[at] = constant;
  search->count++;
}

static void find_constants(struct search *search, const struct expr *expr)
{
  bool holds_subject = false;
  for (size_t i = 0; i < expr->n_args; i++)
    holds_subject = holds_subject || is_subject(search, expr->args[i]);
  for (size_t i = 0; i < expr->n_args; i++)
    if (holds_subject)
      add_constant(search, expr->args[i]);
    else
      find_constants(search, expr->args[i]);
}

/* The values that an exact number's type has: its ends, and how far apart they are. False for other types. */
static bool range_of(const struct type *type, long double *ret_least, long double *ret_greatest, long double *ret_step)
{
  static const struct {
    enum type_id id;
    int bits;
  } integers[] = { { TYPE_TINYINT, 7 }, { TYPE_SMALLINT, 15 }, { TYPE_INT, 31 }, { TYPE_BIGINT, 63 } };
  for (size_t i = 0; i < ARRAY_LENGTH(integers); i++)
    if (type->id == integers[i].id) {
      *ret_least = -ldexpl(1.0L, integers[i].bits);
      *ret_greatest = -*ret_least - 1;
      *ret_step = 1;
      return true;
    }
  if (type->id != TYPE_DECIMAL || type->precision > 18) /* past it a long double is not exact */
    return false;
  *ret_greatest = power_of_ten(type->precision - type->scale) - power_of_ten(-type->scale);
  *ret_least = -*ret_greatest;
  *ret_step = power_of_ten(-type->scale);
  return true;
}

/* Whether the column has a value at a position: not beyond what its type holds, nor between 1 and 2 where it holds
 * whole numbers. */
static bool can_be_at(const struct search *search, size_t position)
{
  long double least, greatest, step;
  if (search->subject.is_text || search->subject.is_cast || !range_of(search->subject.type, &least, &greatest, &step))
    return true;
  size_t at = position / 2;
  if (position % 2 == 1) {
    long double number = search->constants[at].number;
    long double steps = roundl(number / step);
    return number >= least && number <= greatest && fabsl(number - steps * step) < step * 1e-6L;
  }
  long double low = at == 0 ? least : floorl(search->constants[at - 1].number / step + 1e-6L) * step + step;
  long double high = at == search->count ? greatest : ceill(search->constants[at].number / step - 1e-6L) * step - step;
  low = low < least ? least : low;
  high = high > greatest ? greatest : high;
  return low <= high + step * 1e-6L;
}

static enum expr_always search_answers(struct search *search, const struct expr *expr)
{
  find_constants(search, expr);
  if (search->is_beyond)
    return ALWAYS_NOTHING;
  unsigned at_null = evaluate(search, expr, &(struct point){ .is_null = true });
  unsigned elsewhere = 0;
  for (size_t position = 0; position <= 2 * search->count; position++)
    if (can_be_at(search, position))
      elsewhere |= evaluate(search, expr, &(struct point){ .position = position });
  if (((at_null | elsewhere) & CAN_BE_TRUE) == 0)
    return ALWAYS_UNTRUE;
  if (elsewhere != CAN_BE_TRUE)
    return ALWAYS_NOTHING;
  if (at_null == CAN_BE_TRUE)
    return ALWAYS_TRUE;
  return search->count > 0 ? ALWAYS_TRUE_OR_NULL : ALWAYS_NOTHING; /* without a constant it is a plain IS NOT NULL */
}

static const char *column_name(const struct expr *expr)
{
  while (expr->kind == EXPR_CAST)
    expr = expr->args[0];
  return expr->column->name;
}

/* The subjects of an expression, each once. */
struct subjects {
  struct subject items[SUBJECTS_MAX];
  const char *names[SUBJECTS_MAX];
  size_t count;
};

static void find_subjects(struct subjects *subjects, const struct expr *expr)
{
  struct subject subject;
  size_t known = 0;
  for (size_t i = 0; i < expr->n_args; i++)
    find_subjects(subjects, expr->args[i]);
  if (!subject_of(expr, &subject))
    return;
  while (known < subjects->count && !is_same_subject(&subjects->items[known], &subject))
    known++;
  if (known < subjects->count || known == SUBJECTS_MAX)
    return;
  subjects->items[known] = subject;
  subjects->names[known] = column_name(expr);
  subjects->count++;
}

static size_t count_nodes(const struct expr *expr)
{
  size_t count = 1;
  for (size_t i = 0; i < expr->n_args; i++)
    count += count_nodes(expr->args[i]);
  return count;
}

enum expr_always expr_find_always(const struct expr *expr, const char **ret_column)
{
  *ret_column = NULL;
  if (expr->type->id != TYPE_BOOLEAN || count_nodes(expr) > NODES_MAX)
    return ALWAYS_NOTHING;
  struct subjects subjects = { .count = 0 };
  find_subjects(&subjects, expr);
  for (size_t i = 0; i < subjects.count; i++) {
    struct search search = { .subject = subjects.items[i] };
    enum expr_always answer = search_answers(&search, expr);
    if (answer != ALWAYS_NOTHING) {
      *ret_column = subjects.names[i];
      return answer;
    }
  }
  return ALWAYS_NOTHING;
}

bool expr_compares_with_null(const struct expr *expr)
{
  bool may = expr->kind == EXPR_CALL && (is_comparison(expr) || is_named(expr, "in") || is_named(expr, "between")) &&
             !is_named(expr, "<=>");
  for (size_t i = 0; i < expr->n_args; i++)
    if ((may && is_null_literal(expr->args[i])) || expr_compares_with_null(expr->args[i]))
      return true;
  return false;
}
