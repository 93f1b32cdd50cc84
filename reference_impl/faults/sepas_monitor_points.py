"""Fault points of the monitor of record submission."""

from __future__ import annotations

from reference_impl.faults.declared import Point

SEPAS_MONITOR_POINTS: tuple[Point, ...] = (
    Point("sepas_monitor.errors.of_all_centres", "A centre sees the errors of all centres."),
    Point("sepas_monitor.errors.since_ignored", "The day asked for is ignored."),
    Point("sepas_monitor.bank.solution_missing", "The bank repeats the message as its solution."),
    Point("sepas_monitor.triage.always_unknown", "Every case is of class 17."),
    Point("sepas_monitor.triage.unknown_stays_open", "An unknown error reaches no tracker."),
    Point("sepas_monitor.case.owner_ignored", "A new case may go to anybody."),
    Point("sepas_monitor.case.closed_unsolved", "A case is closed without a result."),
    Point("sepas_monitor.case.reopens", "A closed case takes further steps."),
    Point("sepas_monitor.case.result_not_told", "The reporter never hears the result."),
    Point("sepas_monitor.case.any_centre_reads", "Any centre reads and moves any case."),
)
