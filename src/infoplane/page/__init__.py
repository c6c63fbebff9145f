"""What can be opened, moved through and sent? One page of HTML that holds the numbers of runs.

``write_report`` writes it; ``page_content`` gives the numbers it holds; ``report_html`` is the page
of any such numbers. Nothing here needs torch.
"""

from infoplane.page.content import page_content
from infoplane.page.document import report_html
from infoplane.page.report import write_report, write_report_beside

__all__ = ["page_content", "report_html", "write_report", "write_report_beside"]
