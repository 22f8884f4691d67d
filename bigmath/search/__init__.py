"""Search over reasoning steps, its traces, and what is measured on them (arXiv 2501.04682, sections 3.3 and 4).

    protocol.py   Question, State; what a Policy, a Value and an Environment are
    tree.py       breadth-first, depth-first, beam, best-first ("A*" of 4.3.2); mcts.py: PUCT (4.3.1)
    sampling.py   independent samples; best-of-N and majority over a trace
    run.py        many searches at once: batches, hard budgets, a journal to resume from
    trace.py      the one record every search writes and every training set is made from
    linearise.py  a trace as text and back; metrics.py and behaviours.py measure it
    values.py     Monte-Carlo (Eq. 11), exact, noisy, random, constant
    puzzles/      Countdown, Game of 24 and mazes, with exactly known values and judges of their own

A search is a generator: it yields what it wants to know (candidates for states, values of states) and is sent the
answers. So it does no input or output, many run in lockstep over one batch, and a killed run is taken up again by
sending the answers that were kept.
"""
