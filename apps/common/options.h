/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of a program: a table, one parser, one help text. lwkt-l2fwd and lwkt-bench use it.
 *
 *     static const struct opt options[] = {
 *         {"rounds", "N", "rounds to keep; default 41", OPT_UINT, &rounds, 1, 1000},
 *         {"quick", NULL, "few messages", OPT_FLAG, &quick},
 *         OPTION_END,
 *     };
 *
 * NUMBERS are as in pipeline files (lwkt_number.h): decimal digits, and a point where a unit makes sense: "10s", "0.5", "0.1%", "10mpps".
 * "0x10", "1e3", "+1", "nan" and "inf" are none. Only a mask is hexadecimal.
 *
 * REPEATED. An option may be given twice with one value. With two values it is refused, since the
 * program would have to ignore one of them; so are two options that set one value differently.
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <lwkt_number.h>

#define OPT_LIST_MAX  8
#define OPT_TABLE_MAX 64 /* rows of a table, at most */

/* What op_value points to. The value is only written if the text is right. */
enum opt_kind {
	OPT_FLAG,      /* bool, becomes true */
	OPT_CLEAR,     /* bool, becomes false */
	OPT_UINT,      /* unsigned int in op_min..op_max */
	OPT_UINT64,    /* uint64_t in op_min..op_max */
	OPT_MASK,      /* uint64_t in op_min..op_max, in hexadecimal digits */
	OPT_SECONDS,   /* unsigned int: milliseconds in op_min..op_max; a plain number is seconds */
	OPT_MS,        /* the same; a plain number is milliseconds */
	OPT_WHOLE,     /* unsigned int: whole seconds in op_min..op_max */
	OPT_UINTS,     /* struct uint_list of numbers, separated by commas */
	OPT_STRING,    /* const char *, not empty */
	OPT_WORD,      /* unsigned int: the index in op_words */
	OPT_WORDS,     /* unsigned int: bit i for op_words[i]; separated by commas */
	OPT_OWN,       /* op_parse() does it */
	OPT_OWN_TWICE, /* the same, and also says which repetitions disagree */
	OPT_STOP,      /* unsigned int, becomes op_min; what stands behind it is not looked at */
	OPT_ARGUMENT, /* const char *, without a name: has to be there, in the order of the table */
	OPT_ARGUMENTS, /* struct arg_list: all arguments from there on, one at least */
};

/* They stand in argv itself. */
struct arg_list {
	unsigned int al_n;
	char **al_text;
};

struct uint_list {
	unsigned int ul_n;
	unsigned int ul_value[OPT_LIST_MAX];
};

/* Whose options, and what came of them. */
struct opt_parsed {
	const char
	    *pa_program;    /* in: "lwkt-bench msg": 'lwkt-bench msg --help' lists the options */
	char pa_marked[32]; /* out: the first option with op_mark, with its dashes; "": none */
	char pa_error[320]; /* out: one line without the program's name */
};

struct opt {
	const char *op_name; /* without the dashes; "": it has a letter alone, or is an argument */
	const char *op_arg;  /* what the help calls the value; NULL for a flag */
	const char *op_help; /* a '\n' in it begins another line of the same column */
	enum opt_kind op_kind;
	void *op_value; /* holds the default */
	uint64_t op_min, op_max;
	const char *const *op_words; /* ends with NULL */
	char op_letter;              /* "-o" besides "--output"; 0: there is none */
	bool op_mark;                /* pa_marked is about this one */
	/* OPT_OWN: 0, or opt_refuse() */
	int (*op_parse)(const struct opt *opt, const char *text, struct opt_parsed *pa);
};

/* The last row of every table. */
#define OPTION_END              \
	{                       \
		.op_name = NULL \
	}

/* What opt_parse() answers. */
#define OPT_OK      0
#define OPT_HELP    1    /* --help or -h stands there */
#define OPT_STOPPED 2    /* an option of kind OPT_STOP does */
#define OPT_REFUSED (-1) /* pa_error says why */

/*
 * Parse argv[1..argc) into the options' values. Values are taken as "--name value", "--name=value",
 * "-n value" or "-nvalue"; letters without a value may stand together. A long name may be cut as
 * long as it stays clear. Behind "--" there are arguments only.
 */
int opt_parse(const struct opt *opts, int argc, char **argv, struct opt_parsed *pa);

/* Fill pa_error. @return OPT_REFUSED. */
__attribute__((format(printf, 2, 3))) int opt_refuse(struct opt_parsed *pa, const char *fmt, ...);

/* A line or more for each row, the help from this column on. --help is the last one. */
void opt_help(const struct opt *opts, int column, FILE *out);

/*
 * A decimal number and one of n units behind it, "" among them if it may stand alone.
 *
 * @return the unit's index, and *value, which is finite and 0 or more, without the unit's factor;
 *         or -EINVAL.
 */
int opt_number(const char *text, const struct lwkt_unit *units, unsigned int n, double *value);

#endif /* COMMON_OPTIONS_H */
