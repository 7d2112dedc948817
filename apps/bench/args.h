/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of a subcommand: a table, one parser, one help text.
 */
#ifndef BENCH_ARGS_H
#define BENCH_ARGS_H

#define ARGS_LIST_MAX 8

/* Exit codes of every subcommand. */
enum bench_exit {
	BENCH_OK = 0,
	BENCH_FAILED = 1, /* the environment, or a measurement that went wrong */
	BENCH_USAGE = 2,  /* the command line */
};

/* What a parser answers besides. */
#define ARGS_DONE (-1) /* help was printed: end with BENCH_OK */

enum opt_kind {
	OPT_FLAG,     /* bool */
	OPT_UINT,     /* unsigned int in op_min..op_max */
	OPT_SECONDS,  /* unsigned int in op_min..op_max: milliseconds, given as 10 or 0.25 */
	OPT_UINTS,    /* struct uint_list of such, separated by commas */
	OPT_STRING,   /* const char *, not empty */
	OPT_WORDS,    /* unsigned int: bit i for op_words[i]; separated by commas */
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
	unsigned int ul_value[ARGS_LIST_MAX];
};

struct opt {
	const char *op_name; /* without the dashes; "" for an argument */
	const char *op_arg;  /* what the help calls the value; NULL for a flag */
	const char *op_help;
	enum opt_kind op_kind;
	void *op_value; /* holds the default */
	unsigned int op_min, op_max;
	const char *const *op_words; /* ends with NULL */
	char op_letter;              /* "-o" besides "--output"; 0: there is none */
};

/* The last row of every table. */
#define OPT_END                 \
	{                       \
		.op_name = NULL \
	}

/*
 * Parse argv[1..argc), where argv[0] is the subcommand's name, into the options' values. Values
 * are taken as "--name value", "--name=value" or, with a letter, "-n value". The table ends with
 * OPT_END.
 *
 * @return BENCH_OK; ARGS_DONE after --help; BENCH_USAGE after one line on stderr that names the
 *         offender and the remedy.
 */
int args_parse(const struct opt *opts, const char *summary, int argc, char **argv);

#endif /* BENCH_ARGS_H */
