"""What people and programs send to the CRM, understood."""
